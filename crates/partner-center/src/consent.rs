//! The first consent of the Secure Application Model: where the integration account is sent, with
//! proof (PKCE) that whoever brings the code back is the one who asked. Source: contract §5.1, §5.7.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::client::{Client, fresh_id};
use crate::error::Error;
use crate::token_errors::TokenError;

/// A secret that ties the redemption of a code to the request for it (RFC 7636, S256). Keep the
/// verifier with the `state` until the code comes back.
#[derive(Clone, Debug)]
pub struct Pkce(SecretString);

impl Pkce {
    /// A fresh secret.
    #[must_use]
    pub fn generate() -> Self {
        // Two random ids are 244 bits of chance.
        let bytes = [*fresh_id().as_bytes(), *fresh_id().as_bytes()].concat();
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// A verifier that was kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless it is 43 to 128 characters of `A-Z a-z 0-9 - . _ ~`.
    pub fn kept(verifier: SecretString) -> Result<Self, Error> {
        let text = verifier.expose_secret();
        let is_sound = (43..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        if !is_sound {
            return Err(Error::invalid("code_verifier", "(not shown)", "43 to 128 unreserved characters"));
        }
        Ok(Self(verifier))
    }

    /// The verifier, to be kept.
    #[must_use]
    pub fn verifier(&self) -> &SecretString {
        &self.0
    }

    fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose_secret().as_bytes()))
    }
}

impl Client {
    /// Where to send the integration account for its consent. `state` comes back with the code and
    /// must be compared; it is random and used once. Nothing is sent.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (_simulator, client) = simulated().await?;
    /// use partner_center::Pkce;
    ///
    /// let pkce = Pkce::generate();
    /// let address = client.authorize_url("https://panel.example/consent", "a-random-state", &pkce);
    /// assert!(address.contains("code_challenge_method=S256"));
    /// // Later, with the code that came back:
    /// // client.redeem_code_with_pkce(code, "https://panel.example/consent", &pkce).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, pkce: &Pkce) -> String {
        self.tokens().authorize_url(&[
            ("response_type", "code"),
            ("response_mode", "query"),
            ("redirect_uri", redirect_uri),
            ("state", state),
            ("code_challenge", &pkce.challenge()),
            ("code_challenge_method", "S256"),
        ])
    }

    /// Redeems the code of an interactive consent and stores its refresh token (§5.2). A code can
    /// be redeemed once.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn redeem_code(&self, code: SecretString, redirect_uri: &str) -> Result<(), TokenError> {
        self.tokens().redeem(code, redirect_uri.to_owned(), None).await
    }

    /// Like [`Client::redeem_code`], with the proof that [`Client::authorize_url`] promised.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn redeem_code_with_pkce(
        &self,
        code: SecretString,
        redirect_uri: &str,
        pkce: &Pkce,
    ) -> Result<(), TokenError> {
        self.tokens().redeem(code, redirect_uri.to_owned(), Some(pkce.0.clone())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_hash_of_the_verifier() {
        // The example of RFC 7636, appendix B.
        let pkce = Pkce::kept("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()).expect("sound");
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let fresh = Pkce::generate();
        assert!(Pkce::kept(fresh.verifier().clone()).is_ok());
        assert_ne!(fresh.challenge(), Pkce::generate().challenge());
        assert!(!format!("{fresh:?}").contains(fresh.verifier().expose_secret()));
        for bad in ["short".to_owned(), "x".repeat(129), format!("{} ", "x".repeat(50))] {
            assert!(Pkce::kept(bad.into()).is_err());
        }
    }
}
