//! The signatures of tokens, checked by what checks those of certificates too.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use ring::signature as ring;

/// The algorithms of which tokens are taken: all that have a public key. Those with a shared one are not among them, or a
/// public key could serve as that.
pub const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

static CRYPTO: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| Ok(Box::new(Signed::with(*algorithm, key)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the way in which signatures are checked in this process.
pub fn install() {
    static ONCE: Once = Once::new();
    // Nothing else here makes another the default.
    ONCE.call_once(|| {
        let _installed = CRYPTO.install_default();
    });
}

/// How a signature is checked, and with which key.
enum Way {
    Rsa(&'static ring::RsaParameters, Vec<u8>, Vec<u8>),
    Raw(&'static dyn ring::VerificationAlgorithm, Vec<u8>),
}

struct Signed {
    algorithm: Algorithm,
    way: Way,
}

impl Signed {
    fn with(algorithm: Algorithm, key: &DecodingKey) -> Result<Self, Error> {
        let raw = |way: &'static dyn ring::VerificationAlgorithm| match key.kind() {
            DecodingKeyKind::SecretOrDer(bytes) => Ok(Way::Raw(way, bytes.clone())),
            DecodingKeyKind::RsaModulusExponent { .. } => Err(Error::from(ErrorKind::InvalidKeyFormat)),
        };
        let rsa = |parameters: &'static ring::RsaParameters| match key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                Ok(Way::Rsa(parameters, plain(n).to_vec(), plain(e).to_vec()))
            }
            DecodingKeyKind::SecretOrDer(_) => Err(Error::from(ErrorKind::InvalidKeyFormat)),
        };
        if key.family() != algorithm.family() {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let way = match algorithm {
            Algorithm::RS256 => rsa(&ring::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&ring::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&ring::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&ring::RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&ring::RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&ring::RSA_PSS_2048_8192_SHA512),
            Algorithm::ES256 => raw(&ring::ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => raw(&ring::ECDSA_P384_SHA384_FIXED),
            Algorithm::EdDSA => raw(&ring::ED25519),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }?;
        Ok(Self { algorithm, way })
    }
}

/// A number without zeros before it.
fn plain(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

impl Verifier<Vec<u8>> for Signed {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let is_good = match &self.way {
            Way::Rsa(parameters, n, e) => {
                ring::RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            Way::Raw(way, key) => ring::UnparsedPublicKey::new(*way, key).verify(message, signature),
        };
        is_good.map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Signed {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
