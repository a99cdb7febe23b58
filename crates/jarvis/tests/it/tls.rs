//! A server that speaks TLS, with its commands beside it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use crate::server::{Server, data_dir, jarvis, run};

#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn write_certificate(dir: &Path) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
}

#[test]
fn commands_reach_it_and_a_new_certificate_is_taken_up_by_itself() {
    let (dir, data) = data_dir();
    write_certificate(dir.path());
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

    write_certificate(dir.path());
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
    write_certificate(dir.path());
    let (success, _, told) = run(jarvis(&data).args(["serve", "--port", "0"]).env("TLS_CERT_PATH", "cert.pem"));
    assert!(!success);
    insta::assert_snapshot!(told, @"error: server.tls_key (default) is empty, but server.tls_cert is not; name both files or none");
    let swapped = [("TLS_CERT_PATH", "key.pem"), ("TLS_KEY_PATH", "cert.pem")];
    let (success, _, told) = run(jarvis(&data).args(["serve", "--port", "0"]).envs(swapped));
    assert!(!success && told.contains("key.pem holds no certificate"), "{told}");
}
