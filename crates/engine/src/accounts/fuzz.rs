//! What `fuzz/` drives: all that reads what somebody shows as a token, or says of themselves.

use super::{jwt::Signer, own, secrets};

/// A token: as it is, and signed by us, so that its claims are read too.
pub fn token(text: &str) {
    let Some(signer) = Signer::new(&[7; 32]) else { return };
    assert!(signer.verify(text, 0).is_err(), "a token that nobody signed");
    let _ = signer.verify(&signer.signed(text), 0);
    let _ = (secrets::begins_like_key(text), secrets::hash(text));
    if secrets::is_key(text) {
        assert!(secrets::begins_like_key(text) && text.is_ascii());
    }
}

/// The name of a time zone.
pub fn time_zone(text: &str) {
    if own::check_time_zone(text).is_ok() {
        assert!(text.is_ascii() && !text.contains(".."), "a name that could be a path");
    }
}
