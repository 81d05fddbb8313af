//! Tables in object stores: the same rows as on disk, and never wrong ones.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::s3::{Fault, S3};
use crate::common::{engine, folder, ids, open, parquet, rows, session, tpch, value, with, write};
use bowyer_engine::{Engine, EngineError, ErrorCode, Session, StoreOptions, Table};
use serde_json::{Value, json};

const ID: &str = "AKIDOFTHETEST";
const SECRET: &str = "c2VjcmV0LW9mLXRoZS10ZXN0";
const TOKEN: &str = "token-of-the-test";
/// Longest time that a failure may take here, with the options of [`options`].
const BOUND: Duration = Duration::from_secs(20);

pub fn texts(json: Value) -> StoreOptions {
    let object = json.as_object().unwrap().clone();
    object.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_string())).collect()
}

fn options(s3: &S3, more: Value) -> StoreOptions {
    let mut all = json!({
        "endpoint": s3.endpoint(), "allow-http": "true", "environment": "false", "access-key-id": ID,
        "secret-access-key": SECRET, "session-token": TOKEN, "retries": "3", "retry-backoff": "5",
        "retry-budget": "6000", "timeout": "1000",
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    texts(all)
}

fn put(engine: &Engine, s3: &S3, more: Value) {
    engine.put_store("s3://lake/", &options(s3, more)).unwrap();
}

/// A bucket `lake` in a folder, and an engine that knows it.
struct Lake {
    folder: tempfile::TempDir,
    s3: S3,
    engine: Engine,
}

fn lake() -> Lake {
    let folder = folder();
    fs::create_dir(folder.path().join("lake")).unwrap();
    let s3 = S3::serve(folder.path());
    let engine = engine();
    put(&engine, &s3, json!({}));
    Lake { folder, s3, engine }
}

impl Lake {
    fn path(&self, key: &str) -> std::path::PathBuf {
        self.folder.path().join("lake").join(key)
    }

    fn open(&self, location: &str) -> Result<Arc<Table>, EngineError> {
        open(&self.engine, "t", location)
    }

    fn session(&self, location: &str) -> (Arc<Table>, Arc<Session>) {
        let table = self.open(location).unwrap();
        let made = session(&self.engine, &[("t", &table)]);
        (table, made)
    }

    fn rows(&self, session: &Arc<Session>, sql: &str) -> Result<Vec<String>, EngineError> {
        rows(&self.engine, session, sql)
    }
}

/// The error, which tells no secret.
fn safe<T>(outcome: Result<T, EngineError>) -> EngineError {
    let error = outcome.err().expect("it succeeded");
    let text = format!("{error:?} {error}");
    for secret in [ID, SECRET, TOKEN, "StringToSign", "AWS4", "127.0.0.1"] {
        assert!(!text.contains(secret), "{text}");
    }
    error
}

#[test]
fn parquet_gives_the_rows_of_local_files() {
    let local = tpch(0.01);
    let lake = lake();
    let names = ["lineitem", "orders"];
    for name in names {
        fs::copy(local.path().join(format!("{name}.parquet")), lake.path(&format!("{name}.parquet"))).unwrap();
    }
    let tables = |root: &str| -> Arc<Session> {
        let tables = names.map(|name| open(&lake.engine, name, format!("{root}/{name}.parquet")).unwrap());
        session(&lake.engine, &[(names[0], &tables[0]), (names[1], &tables[1])])
    };
    let (near, far) = (tables(local.path().to_str().unwrap()), tables("s3://lake"));
    lake.s3.requests();
    for sql in [
        "SELECT count(*), sum(l_quantity), min(l_shipdate), max(l_comment) FROM lineitem",
        "SELECT l_orderkey, l_linenumber, l_comment FROM lineitem WHERE l_orderkey < 100 ORDER BY 1, 2",
        "SELECT o_orderpriority, count(*) FROM orders JOIN lineitem ON o_orderkey = l_orderkey GROUP BY 1 ORDER BY 1",
        "SELECT * FROM orders ORDER BY o_totalprice DESC LIMIT 5",
    ] {
        assert_eq!(lake.rows(&far, sql).unwrap(), lake.rows(&near, sql).unwrap(), "{sql}");
    }
    let asked = lake.s3.requests();
    assert!(!asked.is_empty());
    for request in asked {
        assert_eq!(request.method, "GET");
        assert!(request.headers.contains_key("if-match") && request.headers.contains_key("range"), "{request:?}");
    }
}

#[test]
fn every_kind_of_location_and_format_is_found() {
    let lake = lake();
    parquet(lake.path("h/day=2026-01-01/a b%20.parquet"), &ids([1]));
    parquet(lake.path("h/day=2026-01-02/x.parquet"), &ids([2, 3]));
    parquet(lake.path("h/day=2026-01-03/x.parquet"), &ids([4]));
    parquet(lake.path("h/day=2026-01-03/y.parquet"), &ids([5]));
    write(lake.path("h/_SUCCESS"), "");
    write(lake.path("h/marker"), "");
    write(lake.path("c/x.csv"), "id,name\n1,a\n");
    write(lake.path("c/x.ndjson"), "{\"id\":1,\"name\":\"a\"}\n");
    write(lake.path("c/x.json"), "[{\"id\":1,\"name\":\"a\"}]");
    let (table, hive) = lake.session("s3a://lake/h");
    assert_eq!((table.info().files, table.info().partitions), (4, vec!["day".to_string()]));
    let all = lake.rows(&hive, "SELECT id, day FROM t ORDER BY id").unwrap();
    assert_eq!(all, ["1,2026-01-01", "2,2026-01-02", "3,2026-01-02", "4,2026-01-03", "5,2026-01-03"]);
    assert_eq!(lake.rows(&hive, "SELECT id FROM t WHERE day = DATE '2026-01-01'").unwrap(), ["1"]);
    let (_, glob) = lake.session("s3://lake/h/*/x.parquet");
    assert_eq!(lake.rows(&glob, "SELECT id FROM t ORDER BY id").unwrap(), ["2", "3", "4"]);
    for file in ["x.csv", "x.ndjson", "x.json"] {
        let (_, session) = lake.session(&format!("s3://lake/c/{file}"));
        assert_eq!(lake.rows(&session, "SELECT id, name FROM t").unwrap(), ["1,a"], "{file}");
    }
    assert_eq!(safe(lake.open("s3://lake/none")).code, ErrorCode::SourceNotFound);
    assert_eq!(safe(lake.open("s3://other/x.parquet")).code, ErrorCode::InvalidArgument);
    assert_eq!(safe(lake.open("s3://lake/a/../b.parquet")).code, ErrorCode::InvalidArgument);
}

#[test]
fn a_store_that_fails_at_first_is_asked_again() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids(0..1000));
    for fault in [Fault::Status(503, "<Error><Code>SlowDown</Code></Error>"), Fault::Silence, Fault::Broken] {
        let mut left = 2;
        lake.s3.fail(move |request| {
            let hit = request.method == "GET" && left > 0;
            left -= i32::from(hit);
            hit.then(|| fault.clone())
        });
        let (_, session) = lake.session("s3://lake/x.parquet");
        assert_eq!(lake.rows(&session, "SELECT count(*), sum(id) FROM t WHERE id >= 0").unwrap(), ["1000,499500"]);
    }
}

#[test]
fn a_store_that_goes_on_failing_is_unavailable_in_time() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids(0..1000));
    let (_, session) = lake.session("s3://lake/x.parquet");
    for fault in [
        Fault::Status(503, "<Error><Code>SlowDown</Code><AWSAccessKeyId>AKIDOFTHETEST</AWSAccessKeyId></Error>"),
        Fault::Silence,
        Fault::Broken,
        Fault::Short,
    ] {
        lake.s3.fail_reads(fault.clone());
        let start = Instant::now();
        let error = safe(lake.rows(&session, "SELECT sum(id) FROM t WHERE id >= 0"));
        assert_eq!(error.code, ErrorCode::Unavailable, "{fault:?}: {error}");
        assert!(error.message.contains("file t/x.parquet") && error.message.contains("s3://lake/"), "{error}");
        assert!(start.elapsed() < BOUND, "{fault:?} took {:?}", start.elapsed());
        // Without a footer that is known already.
        let other = engine();
        put(&other, &lake.s3, json!({}));
        let error = safe(open(&other, "t", "s3://lake/x.parquet").map(|table| table.info().files));
        assert_eq!(error.code, ErrorCode::Unavailable, "{fault:?}: {error}");
    }
    lake.s3.fail(|_| Some(Fault::Status(500, "")));
    assert_eq!(safe(lake.open("s3://lake/")).code, ErrorCode::Unavailable);
    let gone = engine();
    let nobody = json!({ "endpoint": "http://127.0.0.1:1", "allow-http": "true", "anonymous": "true", "retries": "0" });
    gone.put_store("s3://lake/", &texts(nobody)).unwrap();
    assert_eq!(safe(open(&gone, "t", "s3://lake/x.parquet").map(|_| ())).code, ErrorCode::Unavailable);
}

#[test]
fn a_file_that_changes_is_an_error_and_never_rows() {
    for case in ["conditions", "tags", "times"] {
        let lake = lake();
        match case {
            "tags" => lake.s3.without_conditions(),
            "times" => lake.s3.without_tags(),
            _ => {}
        }
        put(&lake.engine, &lake.s3, json!({ "list-cache": "3600000" }));
        let path = parquet(lake.path("t/x.parquet"), &ids([1, 2, 3]));
        let size = fs::metadata(&path).unwrap().len();
        let (table, old) = lake.session("s3://lake/t/");
        assert_eq!(value(&lake.engine, &old, "SELECT sum(id) FROM t WHERE id > 0").unwrap(), "6");
        parquet(lake.path("t/x.parquet"), &ids([7, 8, 9]));
        let later = std::time::SystemTime::now() + Duration::from_secs(60);
        fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), size);
        assert!(lake.engine.refresh_table(table.clone()).unwrap().is_none(), "the kept listing was not used");
        let error = safe(lake.rows(&old, "SELECT sum(id) FROM t WHERE id > 0"));
        assert_eq!(error.code, ErrorCode::SourceChanged, "{case}: {error}");
        let newer = Arc::new(lake.engine.refresh_table(table).unwrap().expect("a newer version"));
        let new = session(&lake.engine, &[("t", &newer)]);
        assert_eq!(value(&lake.engine, &new, "SELECT sum(id) FROM t WHERE id > 0").unwrap(), "24", "{case}");
        fs::remove_file(&path).unwrap();
        assert_eq!(safe(lake.rows(&new, "SELECT sum(id) FROM t WHERE id > 0")).code, ErrorCode::SourceChanged);
    }
}

#[test]
fn another_tag_or_length_in_the_middle_is_an_error() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids(0..1000));
    let (_, session) = lake.session("s3://lake/x.parquet");
    for fault in [Fault::Tag("other"), Fault::Length(100), Fault::Length(1 << 20)] {
        lake.s3.fail_reads(fault.clone());
        let error = safe(lake.rows(&session, "SELECT sum(id) FROM t WHERE id > 0"));
        assert_eq!(error.code, ErrorCode::SourceChanged, "{fault:?}: {error}");
    }
    lake.s3.fail(|_| None);
    assert_eq!(lake.rows(&session, "SELECT sum(id) FROM t WHERE id >= 0").unwrap(), ["499500"]);
}

#[test]
fn what_is_denied_says_so_without_secrets() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids([1, 2]));
    let (_, session) = lake.session("s3://lake/x.parquet");
    let body = "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIDOFTHETEST</AWSAccessKeyId>\
                <StringToSign>AWS4-HMAC-SHA256</StringToSign></Error>";
    lake.s3.fail(move |_| Some(Fault::Status(403, body)));
    let error = safe(lake.rows(&session, "SELECT sum(id) FROM t WHERE id > 0"));
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    assert!(error.message.contains("s3://lake/"), "{error}");
    assert_eq!(safe(lake.open("s3://lake/x.parquet")).code, ErrorCode::PermissionDenied);
    let shown = format!("{:?}", options(&lake.s3, json!({})));
    assert!(!shown.contains(SECRET) && !shown.contains(ID) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn large_files_are_read_in_several_requests() {
    let lake = lake();
    let lines: String = (0..2_000_000).map(|i| format!("{i},{}\n", i % 7)).collect();
    let text = format!("id,n\n{lines}");
    write(lake.path("big.csv"), &text);
    let read = lake.engine.object_read("s3://lake/big.csv", 1, 1 << 25).unwrap();
    assert!(text.len() > 17 << 20, "{}", text.len());
    assert!(read == text.as_bytes()[1..], "the parts do not make the whole");
    let (_, session) = lake.session("s3://lake/big.csv");
    assert_eq!(lake.rows(&session, "SELECT count(*), sum(id) FROM t").unwrap(), ["2000000,1999999000000"]);
    let mut answers = 0;
    lake.s3.fail(move |request| {
        answers += i32::from(request.method == "GET");
        (answers > 1).then_some(Fault::Tag("other"))
    });
    let error = safe(lake.engine.object_read("s3://lake/big.csv", 0, 1 << 25));
    assert_eq!(error.code, ErrorCode::SourceChanged);
}

#[test]
fn http_serves_single_files() {
    let lake = lake();
    write(lake.path("a b.csv"), "id\n1\n2\n");
    let prefix = format!("http://{}/lake/", lake.s3.address);
    let fast = json!({ "retries": "1", "retry-backoff": "1", "timeout": "1000" });
    lake.engine.put_store(&prefix, &texts(fast)).unwrap();
    let (_, session) = lake.session(&format!("{prefix}a%20b.csv"));
    assert_eq!(lake.rows(&session, "SELECT sum(id) FROM t").unwrap(), ["3"]);
    assert_eq!(lake.open(&format!("{prefix}none/")).err().unwrap().code, ErrorCode::SourceNotFound);
    let unsafe_token = texts(json!({ "bearer-token": TOKEN }));
    assert_eq!(safe(lake.engine.put_store("http://example.org/", &unsafe_token)).code, ErrorCode::InvalidArgument);
    let token = texts(json!({ "bearer-token": TOKEN, "allow-http": "true" }));
    lake.engine.put_store(&prefix, &token).unwrap();
    lake.s3.requests();
    lake.open(&format!("{prefix}a%20b.csv")).unwrap();
    let sent = lake.s3.requests();
    assert!(sent.iter().all(|request| request.headers["authorization"] == format!("Bearer {TOKEN}")));
}

#[test]
fn a_named_format_passes_over_folder_markers_only() {
    let lake = lake();
    write(lake.path("m/year=2026"), "");
    write(lake.path("m/data.txt"), "id\n1\n");
    let spec = with("t", Path::new("s3://lake/m"), json!({ "format": "csv" }));
    assert_eq!(lake.engine.open_table(spec).unwrap().info().files, 1);
    write(lake.path("m/empty.txt"), "");
    let spec = with("t", Path::new("s3://lake/m"), json!({ "format": "csv" }));
    assert_eq!(safe(lake.engine.open_table(spec)).code, ErrorCode::SourceInvalid);
}

#[test]
fn redirects_are_not_followed() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids([1, 2]));
    let elsewhere = S3::serve(lake.folder.path());
    let prefix = format!("http://{}/lake/", lake.s3.address);
    let fast = json!({ "retries": "1", "retry-backoff": "1", "timeout": "1000" });
    lake.engine.put_store(&prefix, &texts(fast)).unwrap();
    let to = format!("{}/lake/x.parquet", elsewhere.endpoint());
    lake.s3.fail(move |_| Some(Fault::Redirect(to.clone())));
    for location in ["s3://lake/x.parquet", &format!("{prefix}x.parquet")] {
        let error = lake.open(location).err().expect("it was followed");
        assert!(error.message.contains("redirect"), "{error}");
    }
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn renewed_credentials_reach_open_tables() {
    let lake = lake();
    parquet(lake.path("x.parquet"), &ids([1, 2]));
    let (_, session) = lake.session("s3://lake/x.parquet");
    for renewed in ["second", "third"] {
        lake.s3.fail(move |request| {
            let token = request.headers.get("x-amz-security-token").map(String::as_str);
            (token != Some(renewed)).then_some(Fault::Status(403, "<Error><Code>ExpiredToken</Code></Error>"))
        });
        let expired = safe(lake.rows(&session, "SELECT sum(id) FROM t WHERE id > 0"));
        assert_eq!(expired.code, ErrorCode::PermissionDenied, "{expired}");
        put(&lake.engine, &lake.s3, json!({ "session-token": renewed }));
        assert_eq!(lake.rows(&session, "SELECT sum(id) FROM t WHERE id > 0").unwrap(), ["3"]);
    }
}
