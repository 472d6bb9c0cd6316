//! The vault: what is sealed under a key that is not in the database, and the tokens
//! of which only a hash is kept.
//!
//! XChaCha20-Poly1305; every sealed value is bound to the place it is stored in, so a
//! value moved to another row does not open. Layout: key id (1), nonce (24), ciphertext.

use crate::clock::random;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::{fs, io::Write, path::Path};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const KEY_ID: u8 = 1;

/// Why a sealed value cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key's text or file is unusable.
    #[error("the vault key is not usable: {0}")]
    Key(String),
    /// Another key, another place, or damaged bytes.
    #[error("a sealed value at {place} does not open with this vault key")]
    Unopenable {
        /// Where it is stored.
        place: String,
    },
}

/// Seals and opens secrets. `Debug` shows nothing.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault under 32 bytes written as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`VaultError::Key`] for any other text.
    pub fn from_hex(key: &SecretString) -> Result<Vault, VaultError> {
        let bytes = Zeroizing::new(
            hex::decode(key.expose_secret().trim())
                .map_err(|_| VaultError::Key("64 hexadecimal digits are expected".to_owned()))?,
        );
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes)
            .map_err(|_| VaultError::Key("64 hexadecimal digits are expected".to_owned()))?;
        Ok(Vault { cipher })
    }

    /// The vault whose key is in a file; the file is made with a new key, mode 0600, when it is absent.
    ///
    /// # Errors
    /// [`VaultError::Key`] when the file cannot be read or written or holds no key.
    pub fn from_file(path: &Path) -> Result<Vault, VaultError> {
        let trouble = |e: std::io::Error| VaultError::Key(format!("{}: {e}", path.display()));
        if !path.exists() {
            let key = Zeroizing::new(hex::encode(random::<32>()));
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path).map_err(trouble)?;
            file.write_all(key.as_bytes()).and_then(|()| file.sync_all()).map_err(trouble)?;
        }
        Vault::from_hex(&SecretString::from(fs::read_to_string(path).map_err(trouble)?))
    }

    /// Seals a secret for the place it will be stored in, for example `credentials/12`.
    pub fn seal(&self, place: &str, secret: &SecretString) -> Vec<u8> {
        let nonce = random::<24>();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: place.as_bytes() };
        let sealed = self.cipher.encrypt((&nonce).into(), payload).expect("a short text can be sealed");
        [&[KEY_ID][..], &nonce, &sealed].concat()
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// [`VaultError::Unopenable`] naming the place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let unopenable = || VaultError::Unopenable { place: place.to_owned() };
        let (nonce, text) =
            sealed.strip_prefix(&[KEY_ID]).and_then(|rest| rest.split_first_chunk::<24>()).ok_or_else(unopenable)?;
        let plain = Zeroizing::new(
            self.cipher
                .decrypt(nonce.into(), Payload { msg: text, aad: place.as_bytes() })
                .map_err(|_| unopenable())?,
        );
        let plain = std::str::from_utf8(&plain).map_err(|_| unopenable())?;
        Ok(SecretString::from(plain.to_owned()))
    }
}

/// A random token of letters and digits with more than 5.9 bits a character.
pub fn new_token(characters: usize) -> SecretString {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut token = String::with_capacity(characters);
    while token.len() < characters {
        // 248 = 4 · 62: larger bytes would make some letters likelier than others.
        for byte in random::<32>().into_iter().filter(|b| *b < 248).take(characters - token.len()) {
            token.push(char::from(ALPHABET[usize::from(byte) % 62]));
        }
    }
    SecretString::from(token)
}

/// The hash under which a random token is looked up. Not for passwords: those are slow-hashed.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Compares two texts in time that does not depend on where they differ.
pub fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(digit: &str) -> Vault {
        Vault::from_hex(&SecretString::from(digit.repeat(64))).expect("a key")
    }

    #[test]
    fn a_value_opens_only_at_its_place_and_under_its_key() {
        let sealed = vault("1").seal("credentials/1", &SecretString::from("secret"));
        assert_eq!(vault("1").open("credentials/1", &sealed).expect("opens").expose_secret(), "secret");
        assert!(vault("1").open("credentials/2", &sealed).is_err());
        assert!(vault("2").open("credentials/1", &sealed).is_err());
        assert!(vault("1").open("credentials/1", &sealed[..20]).is_err());
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
    }

    #[test]
    fn a_key_must_be_a_key() {
        assert!(Vault::from_hex(&SecretString::from("abc")).is_err());
        assert!(Vault::from_hex(&SecretString::from("z".repeat(64))).is_err());
    }

    #[test]
    fn tokens_have_their_length_and_differ() {
        assert_eq!(new_token(16).expose_secret().len(), 16);
        assert_ne!(new_token(32).expose_secret(), new_token(32).expose_secret());
    }
}
