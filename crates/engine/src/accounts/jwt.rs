//! Access tokens: JSON Web Tokens (RFC 7519) of one kind, signed with HMAC-SHA-256. The header is always the same bytes and
//! is compared, never read: no token can choose how it is verified.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use jarvis_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Bytes of a token at most; ours have about 500.
const MAX_BYTES: usize = 4_096;
/// Bytes of a key at least.
const MIN_KEY_BYTES: usize = 32;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// Who.
    pub(super) sub: Uuid,
    /// The same, as clients of earlier versions read it.
    pub(super) user_id: Uuid,
    /// Their name.
    pub(super) username: String,
    /// What they might do when it was made. What they may do now is looked up.
    pub(super) permissions: Vec<String>,
    /// When it was made, in seconds since 1970.
    pub(super) iat: i64,
    /// From when on it is good no more, likewise.
    pub(super) exp: i64,
    /// Identity.
    pub(super) jti: Uuid,
    /// The login it came of.
    pub(super) sid: Uuid,
}

/// What signs.
#[derive(Clone)]
pub(super) struct Signer(Hmac<Sha256>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

impl Signer {
    /// None for a key that is too short to protect anything.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        (key.len() >= MIN_KEY_BYTES).then(|| Hmac::new_from_slice(key).ok().map(Self))?
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<String> {
        let claims = serde_json::to_vec(claims).map_err(Error::internal)?;
        let mut token = format!("{HEADER}.{}", BASE64.encode(claims));
        let signature = self.signature(&token).finalize().into_bytes();
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        Ok(token)
    }

    /// What a token of ours says that is still good at `now`, in seconds since 1970.
    pub(super) fn verify(&self, token: &str, now: i64) -> Result<Claims> {
        if token.len() > MAX_BYTES {
            return Err(invalid());
        }
        let (signed, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
        let signature = BASE64.decode(signature).map_err(|_| invalid())?;
        // compares without stopping at the first difference
        self.signature(signed).verify_slice(&signature).map_err(|_| invalid())?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        if header != HEADER {
            return Err(invalid());
        }
        let claims = BASE64.decode(claims).map_err(|_| invalid())?;
        let claims: Claims = serde_json::from_slice(&claims).map_err(|_| invalid())?;
        if claims.exp <= now {
            return Err(ErrorKind::Unauthenticated
                .error("the access token has expired; refresh it with POST /api/auth/refresh")
                .with_code("token_expired"));
        }
        Ok(claims)
    }

    /// Anything, with our header and our signature.
    #[cfg(fuzzing)]
    pub(super) fn signed(&self, claims: &str) -> String {
        let signed = format!("{HEADER}.{}", BASE64.encode(claims));
        let signature = self.signature(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// The refresh token that comes after one of a page's. No access token begins like what is signed for it.
    pub(super) fn next_refresh_token(&self, token: &str) -> String {
        BASE64.encode(self.signature(&format!("the refresh token after {token}")).finalize().into_bytes())
    }

    fn signature(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(signed.as_bytes());
        mac
    }
}

/// One answer to everything that is no token of ours.
pub(super) fn invalid() -> Error {
    ErrorKind::Unauthenticated
        .error("this token is not valid; log in with POST /api/auth/login, or send an API key")
        .with_code("invalid_token")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signer() -> Signer {
        Signer::new(b"0123456789abcdef0123456789abcdef").unwrap()
    }

    fn claims() -> Claims {
        let (sub, sid) = (Uuid::from_u128(1), Uuid::from_u128(3));
        let permissions = vec!["chat".to_owned()];
        Claims {
            sub,
            user_id: sub,
            username: "ann".into(),
            permissions,
            iat: 100,
            exp: 200,
            jti: Uuid::from_u128(2),
            sid,
        }
    }

    fn code(token: &str, now: i64) -> &'static str {
        signer().verify(token, now).map_or_else(|error| error.code(), |_| "good")
    }

    /// A token with another head, correctly signed with our key: what a library that reads the head would be led by.
    fn with_header(header: &str) -> String {
        let good = signer().sign(&claims()).unwrap();
        let claims = good.split('.').nth(1).unwrap();
        let signed = format!("{}.{claims}", BASE64.encode(header));
        let signature = BASE64.encode(signer().signature(&signed).finalize().into_bytes());
        format!("{signed}.{signature}")
    }

    #[test]
    fn the_header_is_what_it_says() {
        assert_eq!(BASE64.decode(HEADER).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let token = signer().sign(&claims()).unwrap();
        assert_eq!(signer().verify(&token, 199).unwrap(), claims());
        assert_eq!(code(&token, 200), "token_expired");
        let other = Signer::new(b"another key of 32 bytes or more..").unwrap();
        assert_eq!(other.verify(&token, 100).unwrap_err().code(), "invalid_token");
    }

    #[test]
    fn the_next_refresh_token_comes_of_the_one_before_and_the_key() {
        let next = signer().next_refresh_token("a token");
        assert_eq!((next.len(), &next), (43, &signer().next_refresh_token("a token")));
        let other = Signer::new(b"another key of 32 bytes or more..").unwrap();
        assert_ne!(next, other.next_refresh_token("a token"));
        assert_ne!(next, signer().next_refresh_token(&next));
    }

    #[test]
    fn the_token_does_not_choose_how_it_is_verified() {
        assert_eq!(code(&with_header(r#"{"alg":"HS256","typ":"JWT"}"#), 100), "good");
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS512","typ":"JWT"}"#, r#"{"typ":"JWT","alg":"HS256"}"#, ""] {
            assert_eq!(code(&with_header(header), 100), "invalid_token", "{header}");
        }
        let good = signer().sign(&claims()).unwrap();
        let body = good.split('.').nth(1).unwrap();
        let unsigned = format!("{}.{body}.", BASE64.encode(r#"{"alg":"none"}"#));
        assert_eq!(code(&unsigned, 100), "invalid_token");
    }

    proptest! {
        #[test]
        fn what_was_changed_is_refused(at in any::<prop::sample::Index>(), byte in 33u8..127) {
            let good = signer().sign(&claims()).unwrap();
            let mut bytes = good.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(changed == good || code(&changed, 100) == "invalid_token");
        }

        #[test]
        fn rubbish_is_refused(text in "[A-Za-z0-9_.-]{0,200}|\\PC{0,50}") {
            prop_assert_eq!(code(&text, 0), "invalid_token");
        }
    }
}
