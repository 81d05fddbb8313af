// Drives a Bowyer server with grpc-js and apache-arrow and prints one JSON line per feature. See ../README.md.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import { tableFromIPC } from "apache-arrow";

const FEATURE_MILLISECONDS = 20_000;
const here = dirname(fileURLToPath(import.meta.url));

const definitions = protoLoader.loadSync(["flight.proto", "flight_sql.proto"], {
  includeDirs: [here],
  keepCase: true,
  longs: Number,
  defaults: true,
});
const { FlightService } = grpc.loadPackageDefinition(definitions).arrow.flight.protocol;
const sql = {
  query: definitions["arrow.flight.protocol.sql.CommandStatementQuery"],
  packed: definitions["arrow.flight.protocol.sql.Packed"],
};

const { values: options } = parseArgs({ options: { server: { type: "string" } } });

// ---- the client

function commandOf(query) {
  const value = sql.query.serialize({ query });
  const type_url = "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery";
  return { type: "CMD", cmd: sql.packed.serialize({ type_url, value }) };
}

function flightInfo(client, descriptor, headers = {}) {
  return new Promise((resolve, reject) => {
    client.GetFlightInfo(descriptor, metadataOf(headers), (error, info) => (error ? reject(error) : resolve(info)));
  });
}

function metadataOf(headers) {
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

// An encapsulated IPC message: continuation marker, length of the padded header, header, body.
function encapsulated({ data_header, data_body }) {
  const padded = (data_header.length + 7) & ~7;
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(0xffffffff, 0);
  prefix.writeUInt32LE(padded, 4);
  return [prefix, data_header, Buffer.alloc(padded - data_header.length), data_body];
}

async function readTicket(client, ticket) {
  const chunks = [];
  for await (const data of client.DoGet(ticket)) {
    if (data.data_header.length > 0) chunks.push(...encapsulated(data));
  }
  return tableFromIPC(Buffer.concat(chunks));
}

async function ask(client, query, headers) {
  const info = await flightInfo(client, commandOf(query), headers);
  expect("endpoints", info.endpoint.length, 1);
  return readTicket(client, info.endpoint[0].ticket);
}

// ---- checks

function expect(what, got, wanted) {
  const [have, want] = [text(got), text(wanted)];
  if (have !== want) throw new Error(`${what}: ${have} (expected: ${want})`);
}

function text(value) {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one));
}

function rowsOf(table) {
  return table.toArray().map((row) => Object.values(row.toJSON()));
}

async function refused(call, code, words) {
  let error;
  try {
    await call;
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) throw new Error("succeeded, and should have been refused");
  expect(`code of ${error.details}`, error.code, code);
  if (!error.details.includes(words)) throw new Error(`no ${words} in the message: ${error.details}`);
}

// ---- features

const features = {
  async queries(client) {
    const table = await ask(client, "SELECT id, city, fare FROM trips ORDER BY id LIMIT 3");
    expect("rows", rowsOf(table), [[1, "Oslo", 10.5], [2, "Rome", 20.0], [3, "Oslo", null]]);
  },

  async "many rows"(client) {
    const table = await ask(client, "SELECT id, square FROM many ORDER BY id");
    expect("rows", table.numRows, 50_000);
    expect("a row", rowsOf(table.slice(49_999)), [[49_999, 49_999 * 49_999]]);
  },

  async "compatible types"(client) {
    const table = await ask(client, "SELECT u8, big_text, text_view, word, f16 FROM widened_arrow ORDER BY id LIMIT 2");
    expect("types", table.schema.fields.map((field) => String(field.type)), ["Int16", "Utf8", "Utf8", "Utf8", "Float32"]);
    expect("rows", rowsOf(table), [[0, "long", "short", "red", 1.5], [255, "", "longer than twelve bytes", "green", -65504]]);
  },

  async "nested types"(client) {
    const table = await ask(client, "SELECT numbers, place FROM types_parquet WHERE id = 1");
    const [numbers, place] = rowsOf(table)[0];
    expect("list", [...numbers], [1, null, 3]);
    expect("struct", place.toJSON(), { x: 1, label: "a" });
  },

  async "empty results"(client) {
    const table = await ask(client, "SELECT id, city FROM trips WHERE id < 0");
    expect("columns", table.schema.fields.map((field) => field.name), ["id", "city"]);
    expect("rows", table.numRows, 0);
  },

  async "PATH descriptors"(client) {
    const info = await flightInfo(client, { type: "PATH", path: ["trips"] });
    expect("path", info.flight_descriptor.path, ["trips"]);
    expect("rows", (await readTicket(client, info.endpoint[0].ticket)).numRows, 6);
  },

  async "plain tickets"(client) {
    expect("rows", (await readTicket(client, { ticket: Buffer.from("trips") })).numRows, 6);
  },

  async "list datasets"(client) {
    const names = [];
    for await (const info of client.ListFlights({})) names.push(info.flight_descriptor.path.at(-1));
    expect("lists trips", names.includes("trips"), true);
  },

  async "options as headers"(client) {
    const table = await ask(client, "SELECT tip FROM trips WHERE id = 1", { "x-bowyer-decimal": "double" });
    expect("rows", rowsOf(table), [[1.1]]);
  },

  async "native types"(client) {
    const native = { "x-bowyer-wire": "native" };
    const table = await ask(client, "SELECT u8, word, f16 FROM widened_arrow WHERE id = 2", native);
    const types = table.schema.fields.map((field) => String(field.type).split("<")[0]);
    expect("types", types, ["Uint8", "Dictionary", "Float16"]);
    expect("rows", rowsOf(table), [[255, "green", -65504]]);
  },

  async "native views"(client) {
    const table = await ask(client, "SELECT text_view FROM widened_arrow WHERE id = 2", { "x-bowyer-wire": "native" });
    expect("rows", rowsOf(table), [["longer than twelve bytes"]]);
  },

  async errors(client) {
    await refused(ask(client, "SELECT id FORM trips WHERE"), grpc.status.INVALID_ARGUMENT, "INVALID_SQL");
    await refused(ask(client, "SELECT * FROM trip"), grpc.status.NOT_FOUND, 'did you mean "trips"');
  },

  async "gRPC cancel"(client) {
    const info = await flightInfo(client, commandOf("SELECT a.id FROM many a CROSS JOIN many b"));
    const stream = client.DoGet(info.endpoint[0].ticket);
    let code;
    try {
      for await (const _ of stream) stream.cancel();
    } catch (error) {
      code = error.code;
    }
    expect("code", code, grpc.status.CANCELLED);
  },
};

// ---- the run

function versionOf(name) {
  return JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"))).version;
}

async function attempt(run) {
  const client = new FlightService(options.server, grpc.credentials.createInsecure());
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${FEATURE_MILLISECONDS} ms`)), FEATURE_MILLISECONDS);
  });
  try {
    await Promise.race([run(client), late]);
    return { works: true };
  } catch (error) {
    return { works: false, note: error.details ?? error.message };
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

const name = `Node apache-arrow ${versionOf("apache-arrow")}`;
for (const [feature, run] of Object.entries(features)) {
  console.log(JSON.stringify({ client: name, feature, ...(await attempt(run)) }));
}
