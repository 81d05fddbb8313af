//! Single objects, in a bucket and on disk: the same answers.

use crate::common::s3::{Fault, S3};
use crate::common::{engine, folder, write};
use crate::stores::texts;
use bowyer_engine::{Engine, EngineConfig, ErrorCode, ListSpec};
use serde_json::{Value, json};

fn spec(json: Value) -> ListSpec {
    serde_json::from_value(json).unwrap()
}

/// The names below `root` that a listing gives.
fn names(engine: &Engine, root: &str, more: Value) -> Vec<String> {
    let mut json = json!({ "folder": root });
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let found = engine.object_list(spec(json)).unwrap();
    found.iter().map(|object| object.url.strip_prefix(root).unwrap().trim_start_matches('/').to_string()).collect()
}

#[test]
fn objects_are_looked_at_read_and_listed() {
    let home = folder();
    let log = home.path().join("lake/t/_log");
    for i in 0..12 {
        write(log.join(format!("{i:020}.json")), &format!("commit {i}"));
    }
    write(log.join("side/a b%20.parquet"), "0123456789");
    let s3 = S3::serve(home.path());
    let engine = engine();
    let options =
        json!({ "endpoint": s3.endpoint(), "allow-http": "true", "anonymous": "true", "environment": "false" });
    engine.put_store("s3://lake/", &texts(options)).unwrap();
    for root in [format!("file://{}", log.display()), "s3://lake/t/_log".to_string()] {
        let first = format!("{root}/{:020}.json", 0);
        let seen = engine.object_head(&first).unwrap();
        assert_eq!((seen.url.as_str(), seen.size), (first.as_str(), 8));
        assert!(seen.modified_millis > 1_600_000_000_000 && seen.etag.is_some());
        assert_eq!(engine.object_read(&first, 0, 100).unwrap(), "commit 0");
        assert_eq!(engine.object_read(&first, 2, 3).unwrap(), "mmi");
        assert_eq!(engine.object_read(&first, 7, 0).unwrap(), "");
        assert_eq!(engine.object_read(&first, 8, 10).unwrap(), "");
        assert_eq!(engine.object_read(&first, 100, 10).unwrap(), "");
        assert_eq!(engine.object_read(&format!("{root}/x"), 0, 1).unwrap_err().code, ErrorCode::SourceNotFound);
        assert_eq!(engine.object_head(&format!("{root}/x")).unwrap_err().code, ErrorCode::SourceNotFound);
        let huge = engine.object_read(&first, 0, 1 << 40).unwrap_err();
        assert_eq!(huge.code, ErrorCode::LimitReached);

        let all: Vec<String> = (0..12).map(|i| format!("{i:020}.json")).collect();
        assert_eq!(names(&engine, &root, json!({})), all);
        assert_eq!(names(&engine, &root, json!({ "from": format!("{:020}.json", 9) })), all[9..]);
        assert_eq!(names(&engine, &root, json!({ "from": format!("{:020}", 10) })), all[10..]);
        let deep = names(&engine, &root, json!({ "recursive": true }));
        assert_eq!(deep.len(), 13);
        let deepest = format!("{root}/{}", deep[12]);
        assert_eq!(engine.object_read(&deepest, 3, 4).unwrap(), "3456", "{deepest}");
        assert_eq!(names(&engine, &format!("{root}/none"), json!({})), [""; 0]);
        assert_eq!(names(&engine, &format!("{root}/none"), json!({ "from": "x" })), [""; 0]);
        let few = engine.object_list(spec(json!({ "folder": root, "limit": 5 }))).unwrap_err();
        assert_eq!(few.code, ErrorCode::LimitReached);
    }
    s3.fail(|_| Some(Fault::Status(403, "")));
    let denied = engine.object_list(spec(json!({ "folder": "s3://lake/t/" }))).unwrap_err();
    assert_eq!(denied.code, ErrorCode::PermissionDenied);
    assert!(denied.message.contains("s3://lake/"), "{denied}");
}

#[test]
fn only_what_is_registered_is_reached() {
    let home = folder();
    write(home.path().join("in/x"), "x");
    write(home.path().join("out/x"), "x");
    let engine = Engine::new(EngineConfig { local: false, ..EngineConfig::default() }).unwrap();
    let inside = format!("file://{}/in", home.path().display());
    engine.put_store(&inside, &texts(json!({}))).unwrap();
    assert_eq!(engine.object_read(&format!("{inside}/x"), 0, 9).unwrap(), "x");
    for url in [
        format!("{inside}/../out/x"),
        format!("{inside}/%2e%2e/out/x"),
        format!("{inside}side/x"),
        format!("file://{}/out/x", home.path().display()),
        "s3://lake/x".to_string(),
        "x".to_string(),
    ] {
        assert_eq!(engine.object_head(&url).unwrap_err().code, ErrorCode::InvalidArgument, "{url}");
    }
}
