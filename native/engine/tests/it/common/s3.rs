//! A server that speaks enough of S3 to be read from, serves a folder, and fails on request.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What a request is answered with instead of what it asks for.
#[derive(Clone, Debug)]
pub enum Fault {
    Status(u16, &'static str),
    /// To this URL.
    Redirect(String),
    /// Nothing, until the client goes away.
    Silence,
    /// All of the headers and half of the body.
    Broken,
    /// Half of the body, and headers that say so.
    Short,
    /// Another ETag than the file's.
    Tag(&'static str),
    /// As if the file were of this length.
    Length(u64),
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Decoded, without the query.
    pub path: String,
    pub query: HashMap<String, String>,
    pub headers: HashMap<String, String>,
}

type Rule = Box<dyn FnMut(&Request) -> Option<Fault> + Send>;

struct State {
    root: PathBuf,
    rule: Mutex<Rule>,
    requests: Mutex<Vec<Request>>,
    /// ETags and conditions, which not every store has.
    tags: Mutex<bool>,
    conditions: Mutex<bool>,
    page: usize,
}

pub struct S3 {
    state: Arc<State>,
    pub address: String,
}

impl S3 {
    /// The first folder of a path is its bucket.
    pub fn serve(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            root: root.to_path_buf(),
            rule: Mutex::new(Box::new(|_| None)),
            requests: Mutex::default(),
            tags: Mutex::new(true),
            conditions: Mutex::new(true),
            page: 3,
        });
        let served = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = served.clone();
                std::thread::spawn(move || drop(state.converse(stream)));
            }
        });
        Self { state, address }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn fail(&self, rule: impl FnMut(&Request) -> Option<Fault> + Send + 'static) {
        *self.state.rule.lock().unwrap() = Box::new(rule);
    }

    /// The same fault for every read of an object.
    pub fn fail_reads(&self, fault: Fault) {
        self.fail(move |request| (request.method == "GET" && request.query.is_empty()).then(|| fault.clone()));
    }

    pub fn without_tags(&self) {
        *self.state.tags.lock().unwrap() = false;
    }

    pub fn without_conditions(&self) {
        *self.state.conditions.lock().unwrap() = false;
    }

    /// The requests since the last look.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }
}

impl State {
    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        while let Some(request) = read_request(&mut reader)? {
            self.requests.lock().unwrap().push(request.clone());
            let fault = (self.rule.lock().unwrap())(&request);
            match fault {
                Some(Fault::Silence) => {
                    std::io::copy(&mut reader, &mut std::io::sink())?;
                    return Ok(());
                }
                Some(Fault::Status(status, body)) => answer(&mut stream, &request, status, &[], body.as_bytes())?,
                Some(Fault::Redirect(to)) => answer(&mut stream, &request, 302, &[("location", to)], b"")?,
                Some(fault @ Fault::Broken) => {
                    self.object(&mut stream, &request, Some(fault))?;
                    return Ok(());
                }
                other if request.query.contains_key("list-type") => {
                    assert!(other.is_none(), "no such fault of a listing");
                    let body = self.list(&request);
                    answer(&mut stream, &request, 200, &[], body.as_bytes())?;
                }
                other => self.object(&mut stream, &request, other)?,
            }
        }
        Ok(())
    }

    fn object(&self, stream: &mut TcpStream, request: &Request, fault: Option<Fault>) -> std::io::Result<()> {
        let path = self.root.join(request.path.trim_start_matches('/'));
        let Ok(content) = fs::read(&path) else {
            return answer(stream, request, 404, &[], b"<Error><Code>NoSuchKey</Code></Error>");
        };
        let tag = match &fault {
            Some(Fault::Tag(tag)) => format!("\"{tag}\""),
            _ => tag_of(&content),
        };
        let conditions = *self.conditions.lock().unwrap();
        if conditions && request.headers.get("if-match").is_some_and(|wanted| *wanted != tag) {
            return answer(stream, request, 412, &[], b"<Error><Code>PreconditionFailed</Code></Error>");
        }
        let total = match &fault {
            Some(Fault::Length(length)) => *length,
            _ => content.len() as u64,
        };
        let range = request.headers.get("range").map(|range| {
            let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
            let end = to.parse::<u64>().map_or(total, |last| (last + 1).min(total));
            from.parse::<u64>().unwrap()..end
        });
        if range.as_ref().is_some_and(|range| range.start >= total) {
            return answer(stream, request, 416, &[], b"<Error><Code>InvalidRange</Code></Error>");
        }
        let modified = chrono::DateTime::<chrono::Utc>::from(fs::metadata(&path)?.modified()?);
        let modified = modified.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = vec![("last-modified", modified)];
        if *self.tags.lock().unwrap() {
            headers.push(("etag", tag));
        }
        let (status, mut body) = match range {
            None => (200, content.as_slice()),
            Some(range) => {
                headers.push(("content-range", format!("bytes {}-{}/{total}", range.start, range.end - 1)));
                (206, &content[range.start as usize..(range.end as usize).min(content.len())])
            }
        };
        let half = &body[..body.len() / 2];
        match fault {
            Some(Fault::Broken) => {
                stream.write_all(head(status, &headers, body.len()).as_bytes())?;
                return stream.write_all(half);
            }
            Some(Fault::Short) => body = half,
            _ => {}
        }
        answer(stream, request, status, &headers, body)
    }

    fn list(&self, request: &Request) -> String {
        let bucket = self.root.join(request.path.trim_matches('/'));
        let of = |name: &str| request.query.get(name).cloned().unwrap_or_default();
        let (prefix, delimiter) = (of("prefix"), of("delimiter"));
        let after = of("continuation-token").max(of("start-after"));
        let mut keys = Vec::new();
        walk(&bucket, "", &mut keys);
        keys.retain(|key| key.starts_with(&prefix) && *key > after);
        keys.sort();
        let mut folders: Vec<String> = Vec::new();
        let mut items = String::new();
        let mut shown = 0;
        let mut last = String::new();
        let mut more = false;
        for key in keys {
            if shown == self.page {
                more = true;
                break;
            }
            let below = &key[prefix.len()..];
            match below.split_once('/').filter(|_| delimiter == "/") {
                Some((folder, _)) => {
                    let folder = format!("{prefix}{folder}/");
                    if !folders.contains(&folder) {
                        folders.push(folder);
                        shown += 1;
                    }
                }
                None => {
                    items.push_str(&self.item(&bucket, &key));
                    shown += 1;
                }
            }
            last = key;
        }
        let folders: String =
            folders.iter().map(|f| format!("<CommonPrefixes><Prefix>{f}</Prefix></CommonPrefixes>")).collect();
        let next = if more { format!("<NextContinuationToken>{last}</NextContinuationToken>") } else { String::new() };
        format!("<ListBucketResult><IsTruncated>{more}</IsTruncated>{items}{folders}{next}</ListBucketResult>")
    }

    fn item(&self, bucket: &Path, key: &str) -> String {
        let content = fs::read(bucket.join(key)).unwrap_or_default();
        let modified = fs::metadata(bucket.join(key)).and_then(|meta| meta.modified()).unwrap();
        let modified = chrono::DateTime::<chrono::Utc>::from(modified).format("%Y-%m-%dT%H:%M:%S%.3fZ");
        let (tag, size) = (tag_of(&content), content.len());
        let tag = if *self.tags.lock().unwrap() {
            format!("<ETag>{}</ETag>", tag.replace('"', "&quot;"))
        } else {
            String::new()
        };
        format!("<Contents><Key>{key}</Key><LastModified>{modified}</LastModified>{tag}<Size>{size}</Size></Contents>")
    }
}

fn tag_of(content: &[u8]) -> String {
    format!("\"{:08x}-{}\"", crc32fast::hash(content), content.len())
}

fn walk(folder: &Path, below: &str, keys: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let key = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => walk(&entry.path(), &format!("{key}/"), keys),
            false => keys.push(key),
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next().unwrap().to_string(), words.next().unwrap().to_string());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length: u64 = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_string(), decoded(v)));
    Ok(Some(Request { method, path: decoded(path), query: query.collect(), headers }))
}

fn head(status: u16, headers: &[(&str, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}

fn answer(
    stream: &mut TcpStream,
    request: &Request,
    status: u16,
    headers: &[(&str, String)],
    body: &[u8],
) -> std::io::Result<()> {
    let mut bytes = head(status, headers, body.len()).into_bytes();
    if request.method != "HEAD" {
        bytes.extend_from_slice(body);
    }
    stream.write_all(&bytes)
}
