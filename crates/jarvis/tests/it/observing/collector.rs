//! A collector of traces: takes OTLP over HTTP and keeps what came.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value},
    trace::v1::Span,
};
use prost::Message;

/// What came.
#[derive(Default)]
struct Seen {
    requests: Vec<ExportTraceServiceRequest>,
    heads: Vec<String>,
}

/// It listens until its process ends.
pub(super) struct Collector {
    pub(super) url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Seen>>::default();
        let keeps = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keeps = Arc::clone(&keeps);
                thread::spawn(move || while take(&stream, &keeps).is_some() {});
            }
        });
        Self { url, seen }
    }

    /// Every span so far.
    pub(super) fn spans(&self) -> Vec<Span> {
        let seen = self.seen.lock().unwrap();
        let resources = seen.requests.iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// What the sender says of itself.
    pub(super) fn resource(&self, key: &str) -> Option<String> {
        let seen = self.seen.lock().unwrap();
        let resource = seen.requests.first()?.resource_spans.first()?.resource.as_ref()?;
        let attribute = resource.attributes.iter().find(|attribute| attribute.key == key)?;
        text(attribute.value.as_ref())
    }

    /// The heads of the requests so far, in lower case.
    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }
}

/// An attribute as text.
pub(super) fn text(value: Option<&AnyValue>) -> Option<String> {
    Some(match value?.value.as_ref()? {
        any_value::Value::StringValue(text) => text.clone(),
        other => format!("{other:?}"),
    })
}

/// Takes one request; none when the connection is over.
fn take(stream: &TcpStream, seen: &Mutex<Seen>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    {
        let mut seen = seen.lock().unwrap();
        seen.requests.push(ExportTraceServiceRequest::decode(body.as_slice()).expect("OTLP"));
        seen.heads.push(head);
    }
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n").ok()
}
