//! What may be said of a store, where credentials come from, and certificates of a private authority.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::s3::S3;
use crate::common::{engine, eventually, folder, write};
use crate::stores::texts;
use bowyer_engine::{EngineError, ErrorCode};
use serde_json::{Value, json};

const SECRET: &str = "c2VjcmV0LW9mLXRoZS10ZXN0";

fn refused(prefix: &str, options: Value) -> EngineError {
    let error = engine().put_store(prefix, &texts(options)).expect_err("the store was taken");
    assert_eq!(error.code, ErrorCode::InvalidArgument, "{error}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    error
}

#[test]
fn unknown_options_and_bad_values_are_named() {
    let error = refused("s3://b/", json!({ "acces-key-id": "x" }));
    assert!(error.message.contains("\"acces-key-id\"") && error.hint.unwrap().contains("access-key-id"));
    for (prefix, options, expected) in [
        ("s3://b/", json!({ "account-key": "x" }), "account-key"),
        ("s3://b/", json!({ "anonymous": "true", "timeout": "soon" }), "timeout: \"soon\""),
        ("s3://b/", json!({ "anonymous": "true", "retries": "-1" }), "retries: \"-1\""),
        ("s3://b/", json!({ "anonymous": "yes" }), "anonymous: \"yes\""),
        ("s3://b/", json!({ "anonymous": "true", "endpoint": "minio:9000" }), "endpoint"),
        ("s3://b/", json!({ "anonymous": "true", "endpoint": "http://minio:9000" }), "endpoint"),
        ("s3://b/", json!({ "anonymous": "true", "ca-file": "/nowhere/ca.pem" }), "ca-file"),
        ("s3://b/", json!({ "secret-access-key": SECRET }), "access-key-id is missing"),
        ("s3://b/", json!({ "environment": "false" }), "no credentials"),
        ("gs://b/", json!({ "service-account-key": SECRET }), "gs://b/"),
        ("gs://b/", json!({}), "no credentials"),
        ("az://c/", json!({ "account-key": SECRET }), "account is missing"),
        ("az://c/", json!({ "account": "a", "account-key": "not base64 !" }), "az://c/"),
        ("abfss://c@a.dfs.core.windows.net/", json!({ "client-id": "x" }), "client-secret is missing"),
        ("abfss://c@a.dfs.core.windows.net/", json!({}), "no credentials"),
        ("s3:///", json!({ "anonymous": "true" }), "bucket"),
        ("s4://b/", json!({}), "unknown scheme"),
        ("file:///tmp/", json!({ "region": "x" }), "region"),
    ] {
        let error = refused(prefix, options.clone());
        assert!(error.message.contains(expected), "{prefix} {options}: {error}");
    }
    let good = engine();
    good.put_store("gs://b/", &texts(json!({ "anonymous": "true" }))).unwrap();
    good.put_store("gs://c/x/", &texts(json!({ "token": SECRET }))).unwrap();
    good.put_store("az://c/", &texts(json!({ "account": "a", "account-key": "c2VjcmV0" }))).unwrap();
    good.put_store("abfss://c@a.dfs.core.windows.net/", &texts(json!({ "sas-token": "sv=1&sig=x" }))).unwrap();
    good.put_store("https://example.org/data/", &texts(json!({ "bearer-token": SECRET }))).unwrap();
    assert!(good.drop_store("gs://b/") && !good.drop_store("gs://b/"));
}

#[test]
fn a_profile_gives_keys_and_region() {
    let home = folder();
    write(home.path().join("lake/x"), "hello");
    let s3 = S3::serve(home.path());
    let file = home.path().join("credentials");
    write(
        &file,
        &format!("[work]\naws_access_key_id = WORKID\naws_secret_access_key = {SECRET}\nregion = eu-west-3\n[empty]\n"),
    );
    let options = |profile: &str| {
        json!({
            "endpoint": s3.endpoint(), "allow-http": "true", "environment": "false",
            "profile-file": file.to_str().unwrap(), "profile": profile,
        })
    };
    let engine = engine();
    engine.put_store("s3://lake/", &texts(options("work"))).unwrap();
    assert_eq!(engine.object_read("s3://lake/x", 0, 100).unwrap(), "hello");
    let signed = &s3.requests()[0].headers["authorization"];
    assert!(signed.contains("WORKID") && signed.contains("/eu-west-3/s3/"), "{signed}");
    assert!(refused("s3://lake/", options("none")).message.contains("no profile \"none\""));
    assert!(refused("s3://lake/", options("empty")).message.contains("no keys"));
    engine
        .put_store(
            "s3://lake/",
            &texts(json!({ "endpoint": s3.endpoint(), "allow-http": "true", "anonymous": "true" })),
        )
        .unwrap();
    engine.object_head("s3://lake/x").unwrap();
    assert!(!s3.requests()[0].headers.contains_key("authorization"));
}

/// `openssl s_server`, which answers with a file as it is.
struct Tls(Child);

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()).status();
    assert!(done.expect("openssl is needed for this test").success(), "openssl {arguments}");
}

#[test]
fn certificates_of_a_private_authority_are_trusted_when_named() {
    let folder = folder();
    openssl(folder.path(), "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority");
    openssl(folder.path(), "req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=localhost");
    write(folder.path().join("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
    openssl(
        folder.path(),
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem",
    );
    fs::create_dir(folder.path().join("lake")).unwrap();
    let answer = "HTTP/1.1 206 X\r\ncontent-length: 5\r\ncontent-range: bytes 0-4/5\r\netag: \"x\"\r\nconnection: close\r\n\r\nhello";
    write(folder.path().join("lake/x"), answer);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = Command::new("openssl")
        .args(["s_server", "-quiet", "-HTTP", "-cert", "cert.pem", "-key", "key.pem", "-accept", &port.to_string()])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Tls(server.unwrap());
    eventually("the server did not start", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let options = |ca: Option<&Path>| {
        let mut options = json!({
            "endpoint": format!("https://localhost:{port}"), "anonymous": "true", "retries": "0", "environment": "false",
        });
        if let Some(ca) = ca {
            options["ca-file"] = ca.to_str().unwrap().into();
        }
        texts(options)
    };
    let engine = engine();
    engine.put_store("s3://lake/", &options(None)).unwrap();
    let error = engine.object_read("s3://lake/x", 0, 5).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unavailable);
    assert!(error.message.contains("certificate"), "{error}");
    engine.put_store("s3://lake/", &options(Some(&folder.path().join("ca.pem")))).unwrap();
    assert_eq!(engine.object_read("s3://lake/x", 0, 5).unwrap(), "hello");
    let not_pem = options(Some(&folder.path().join("names")));
    assert!(engine.put_store("s3://lake/", &not_pem).unwrap_err().message.contains("ca-file"));
}
