// Asks a Bowyer server over HTTP with fetch and apache-arrow and prints one JSON line per feature. See ../README.md.
import { parseArgs } from "node:util";

import { RecordBatchReader, tableFromIPC } from "apache-arrow";

const CLIENT = `Node fetch ${process.version.slice(1)}`;
const { values: options } = parseArgs({ options: { server: { type: "string" }, big: { type: "string" }, fails: { type: "string" } } });

function ask(sql, format, { server = options.server, headers = {}, ...body } = {}) {
  return fetch(`${server}/v1/sql?format=${format}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ sql, ...body }),
  });
}

function equal(actual, expected) {
  const show = (value) => JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? Number(inner) : inner));
  if (show(actual) !== show(expected)) throw new Error(`${show(actual)} (expected: ${show(expected)})`);
}

async function fails(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("no error");
}

const TRIPS = "SELECT id, city, fare FROM trips ORDER BY id";
const EXPECTED = [
  { id: 1, city: "Oslo", fare: 10.5 },
  { id: 2, city: "Rome", fare: 20 },
  { id: 3, city: "Oslo", fare: null },
  { id: 4, city: null, fare: 7.25 },
  { id: 5, city: "Bonn", fare: 3 },
  { id: 6, city: "Rome", fare: 42 },
];

// As d3-dsv reads: fields by the header's names, quoted ones with commas, quotes and line breaks in them.
function parseCsv(text) {
  const rows = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let field; pattern.lastIndex < text.length && (field = pattern.exec(text)); ) {
    rows.at(-1).push(field[1] === undefined ? field[2] : field[1].replaceAll('""', '"'));
    if (field[3] !== ",") rows.push([]);
  }
  const [names, ...values] = rows.filter((row) => row.length > 0);
  return values.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

const features = {
  "over HTTP: Arrow stream": async () => {
    const table = await tableFromIPC(await (await ask(TRIPS, "arrow")).arrayBuffer());
    equal(table.toArray().map((row) => row.toJSON()), EXPECTED);
    const many = await tableFromIPC(ask("SELECT * FROM many ORDER BY id", "arrow"));
    equal(many.numRows, 50_000);
    let row = 0n;
    for (const { id, square, name } of many) {
      if (id !== row || square !== row * row || name !== `row ${row}`) throw new Error(`row ${row}: ${id} ${square} ${name}`);
      row += 1n;
    }
  },
  "over HTTP: Arrow stream, batch by batch": async () => {
    const answer = await ask("SELECT id, c1, c2 FROM big", "arrow", { server: options.big });
    const reader = await RecordBatchReader.from(answer.body);
    let rows = 0;
    for await (const batch of reader) rows += batch.numRows;
    equal(rows, 2_000_000);
  },
  // It takes the end of a body that broke off for the end of the rows, so whoever needs all rows reads the bytes first.
  "over HTTP: broken-off bodies, batch by batch": async () => {
    const answer = await ask(options.fails, "arrow", { server: options.big });
    let rows = 0;
    for await (const batch of await RecordBatchReader.from(answer.body)) rows += batch.numRows;
    if (rows === 0 || rows >= 2_000_000) throw new Error(`${rows} rows`);
    return { works: false, note: "apache-arrow ends without an error; read `await answer.arrayBuffer()` first, which throws" };
  },
  "over HTTP: JSON": async () => equal(await (await ask(TRIPS, "json")).json(), EXPECTED),
  "over HTTP: NDJSON": async () => {
    const text = await (await ask(TRIPS, "ndjson")).text();
    const rows = text.trimEnd().split("\n").map((line) => ({ city: null, fare: null, ...JSON.parse(line) }));
    equal(rows.map(({ id, city, fare }) => ({ id, city, fare })), EXPECTED);
  },
  "over HTTP: CSV": async () => {
    const rows = parseCsv(await (await ask("SELECT id, name FROM prices_csv ORDER BY id", "csv")).text());
    equal(rows, [
      { id: "1", name: 'comma, quote " and ü' },
      { id: "2", name: "line\nbreak" },
      { id: "3", name: "" },
    ]);
  },
  "over HTTP: parameters": async () => {
    const named = { parameters: { city: "Rome" }, limit: 1 };
    equal(await (await ask("SELECT id FROM trips WHERE city = $city ORDER BY id", "json", named)).json(), [{ id: 2 }]);
  },
  "over HTTP: ETag and 304": async () => {
    const first = await ask(TRIPS, "json");
    await first.arrayBuffer();
    const again = await ask(TRIPS, "json", { headers: { "If-None-Match": first.headers.get("etag") } });
    equal(again.status, 304);
  },
  "over HTTP: errors": async () => {
    const answer = await ask("SELECT fares FROM trips", "arrow");
    equal([answer.ok, answer.status, (await answer.json()).code], [false, 400, "UNKNOWN_COLUMN"]);
  },
  "over HTTP: broken-off bodies": async () => {
    for (const format of ["json", "ndjson", "csv", "arrow"]) {
      const answer = await ask(options.fails, format, { server: options.big });
      equal(answer.status, 200);
      await fails(() => answer.arrayBuffer());
    }
  },
};

for (const [feature, run] of Object.entries(features)) {
  let told;
  try {
    told = (await run()) ?? { works: true, note: "" };
  } catch (error) {
    told = { works: false, note: `failed: ${error.message ?? error}` };
  }
  console.log(JSON.stringify({ client: CLIENT, feature, ...told }));
}
