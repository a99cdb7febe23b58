//! A server that speaks TLS, with its commands beside it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use crate::server::{Server, data_dir, jarvis, run};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../server/tests/data");

/// Puts the certificate of this name, and its key, where the server looks for them.
fn put_certificate(name: &str, dir: &Path) {
    for kind in ["cert", "key"] {
        std::fs::copy(format!("{DATA}/{name}.{kind}.pem"), dir.join(format!("{kind}.pem"))).unwrap();
    }
}

#[test]
fn commands_reach_it_and_a_new_certificate_is_taken_up_by_itself() {
    let (dir, data) = data_dir();
    put_certificate("first", dir.path());
    let files = [("TLS_CERT_PATH", "cert.pem"), ("TLS_KEY_PATH", "key.pem")];
    let server = Server::start_by(jarvis(&data).args(["serve", "--port", "0"]).envs(files));
    let address = server.base.strip_prefix("https://").expect("it says that it speaks TLS").to_owned();
    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut told = Vec::new();
    let _ = plain.read_to_end(&mut told);
    assert!(String::from_utf8_lossy(&told).contains("tls_expected"));

    let (success, said, told) = run(jarvis(&data).args(["chat", "My dog is called Rex."]));
    assert!(success && said.contains("Rex"), "{said}{told}");
    let (success, found, told) = run(jarvis(&data).args(["search", "dog"]));
    assert!(success && found.contains("Rex"), "{found}{told}");

    put_certificate("second", dir.path());
    server.wait_for_log("a new certificate is in use");
    std::fs::remove_file(dir.path().join("key.pem")).unwrap();
    server.wait_for_log("the one before stays in use");
    let (success, _, told) = run(jarvis(&data).args(["config", "reload"]));
    assert!(!success && told.contains("server.tls_key: the file"), "{told}");
    assert!(server.stop().0.success());
}

#[test]
fn a_start_with_files_that_do_not_fit_says_so() {
    let (dir, data) = data_dir();
    put_certificate("first", dir.path());
    let (success, _, told) = run(jarvis(&data).args(["serve", "--port", "0"]).env("TLS_CERT_PATH", "cert.pem"));
    assert!(!success);
    insta::assert_snapshot!(told, @"error: server.tls_key (default) is empty, but server.tls_cert is not; name both files or none");
    let swapped = [("TLS_CERT_PATH", "key.pem"), ("TLS_KEY_PATH", "cert.pem")];
    let (success, _, told) = run(jarvis(&data).args(["serve", "--port", "0"]).envs(swapped));
    assert!(!success && told.contains("key.pem holds no certificate"), "{told}");
}
