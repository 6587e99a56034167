//! The events in what a node has sent, alone or in batches.

use serde_json::Value;

use crate::transport::Request;

/// An event that was sent: its path or kind, its id, its body.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub kind: String,
    pub id: String,
    pub body: Value,
}

/// The events in a request.
pub(crate) fn events(request: &Request) -> Vec<Sent> {
    let body = request.body.clone().unwrap_or_default();
    let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    if request.path != "batch" {
        return vec![Sent { kind: request.path.into(), id: request.id.clone(), body: parsed(&body) }];
    }
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parsed);
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    lines.map(|line| Sent { kind: text(&line["kind"]), id: text(&line["id"]), body: line["body"].clone() }).collect()
}

/// The events of a kind in what was posted to a host.
pub(crate) fn sent(requests: &[Request], host: &str, kind: &str) -> Vec<Sent> {
    let posts = requests.iter().filter(|r| r.body.is_some() && r.endpoint.host_str() == Some(host));
    posts.flat_map(events).filter(|event| event.kind == kind).collect()
}

/// What the messages say.
pub(crate) fn texts(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.body["text"].as_str().unwrap_or_default()).collect()
}
