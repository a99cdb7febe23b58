//! What the nodes of a cluster say about each other.

use redis::{ConnectionAddr, ConnectionInfo};

/// One node, as `CLUSTER NODES` tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it answers for some of the keys.
    pub(super) serves: bool,
}

/// Reads `CLUSTER NODES`. A node that does not know its own address is at `asked`, where the answer came from.
pub(super) fn nodes(text: &str, asked: &str) -> Vec<Node> {
    text.lines().filter_map(|line| node(line, asked)).collect()
}

/// `id host:port@bus[,name] flags master ping pong epoch state [slots…]`
fn node(line: &str, asked: &str) -> Option<Node> {
    let mut fields = line.split_ascii_whitespace();
    let (address, flags) = (fields.nth(1)?, fields.next()?);
    let mut flags = flags.split(',');
    let is_gone = |flag: &str| matches!(flag, "fail" | "noaddr" | "handshake");
    if flags.clone().any(is_gone) {
        return None;
    }
    let (host, port) = address.split(['@', ',']).next()?.rsplit_once(':')?;
    let host = if host.is_empty() { asked } else { host };
    let serves = flags.any(|flag| flag == "master") && fields.nth(5).is_some();
    Some(Node { host: host.to_owned(), port: port.parse().ok()?, serves })
}

/// Another server that is spoken to in the same way.
pub(super) fn at(model: &ConnectionInfo, host: String, port: u16, tls: bool) -> ConnectionInfo {
    let addr = if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    model.clone().set_addr(addr)
}

pub(super) fn host(addr: &ConnectionAddr) -> &str {
    match addr {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host,
        _ => "localhost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_serve_are_told_from_those_that_do_not() {
        let text = "\
07c3 127.0.0.1:30004@31004,host slave e7d1 0 1426238317239 4 connected
67ed :30001@31001 myself,master - 0 0 1 connected 0-5460 [5461->-292f]
292f fd00::1:30002@31002 master - 0 1426238316232 2 connected 5461-10922
6ec2 127.0.0.1:30003@31003 master,fail - 0 1426238316232 3 connected 10923-16383
824f 127.0.0.1:30005@31005 master - 0 1426238318243 3 connected
0000 :0@0 master,noaddr - 0 0 0 disconnected
";
        let told: Vec<_> = nodes(text, "seed").into_iter().map(|node| (node.host, node.port, node.serves)).collect();
        let expected =
            [("127.0.0.1", 30004, false), ("seed", 30001, true), ("fd00::1", 30002, true), ("127.0.0.1", 30005, false)];
        assert_eq!(told, expected.map(|(host, port, serves)| (host.to_owned(), port, serves)));
    }
}
