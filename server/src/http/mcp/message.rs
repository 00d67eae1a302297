//! Messages of JSON-RPC 2.0 as MCP narrows them: one in a body, and an id that is a text or a whole number.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, HeaderValue, WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};

use super::era::{Era, VERSIONS};
use crate::http::api::problem::Problem;
use crate::http::headers;

/// What somebody sent.
#[derive(Debug, PartialEq)]
pub enum Message {
    /// It is to be answered.
    Request(Request),
    /// It is to be taken note of.
    Notification,
}

/// Something that is asked for.
#[derive(Debug, PartialEq)]
pub struct Request {
    /// What the answer is to be known by.
    pub id: Value,
    /// What is asked for.
    pub method: String,
    /// How.
    pub params: Map<String, Value>,
}

/// What is wrong with a request itself. What a tool finds wrong is an answer of the tool.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is no JSON.
    #[error("the body is no JSON: {0}")]
    Unreadable(String),
    /// It is no message.
    #[error("{0}")]
    Invalid(&'static str),
    /// There is no such method in this revision.
    #[error("there is no method \"{0}\" here")]
    UnknownMethod(String),
    /// It does not say what the method needs.
    #[error("{0}")]
    Params(String),
    /// There is no such resource.
    #[error("there is no resource \"{0}\"")]
    NoResource(String),
    /// What stands in its head is not what stands in its body.
    #[error("the header {0} is missing, or is not what the body says")]
    HeaderMismatch(&'static str),
    /// It is of a revision that is not spoken here.
    #[error("the revision \"{0}\" of the protocol is not spoken here")]
    Version(String),
    /// The answer could not be made.
    #[error("the answer cannot be made at the moment")]
    Internal,
    /// The door is closed to it.
    #[error("{1}")]
    Refused(StatusCode, String),
    /// The one who asks is not known, or may not.
    #[error("{}", .0.detail)]
    Denied(Box<Problem>),
}

/// Characters of what somebody sent that an error repeats.
const REPEATED_CHARS_MAX: usize = 100;

/// The beginning of what somebody sent.
pub fn shortened(text: &str) -> String {
    text.chars().take(REPEATED_CHARS_MAX).collect()
}

/// Reads a body.
///
/// # Errors
/// When it is no JSON.
pub fn read(body: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(body).map_err(|error| Fault::Unreadable(error.to_string()))
}

impl Message {
    /// Takes what a body holds, or one of a batch.
    ///
    /// # Errors
    /// When it is no message of this protocol.
    pub fn of(value: Value) -> Result<Self, Fault> {
        let mut fields = match value {
            Value::Object(fields) => fields,
            Value::Array(_) => {
                return Err(Fault::Invalid("send one message at a time: this revision knows no batches"));
            }
            _ => return Err(Fault::Invalid("a message is an object")),
        };
        if fields.get("jsonrpc") != Some(&Value::from("2.0")) {
            return Err(Fault::Invalid("`jsonrpc` is not \"2.0\""));
        }
        let Some(Value::String(method)) = fields.remove("method") else {
            return Err(Fault::Invalid("`method` is missing, or no text"));
        };
        let params = match fields.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Fault::Invalid("`params` is no object")),
        };
        match fields.remove("id") {
            None => Ok(Self::Notification),
            Some(id) if id.is_string() || id.is_i64() || id.is_u64() => {
                Ok(Self::Request(Request { id, method, params }))
            }
            Some(_) => Err(Fault::Invalid("`id` is neither a text nor a whole number")),
        }
    }
}

impl Fault {
    /// Its code. Those of the door are the status of the answer, which lies outside of what JSON-RPC keeps for itself.
    fn code(&self, era: Era) -> i64 {
        match self {
            Self::Unreadable(_) => -32_700,
            Self::Invalid(_) => -32_600,
            Self::UnknownMethod(_) => -32_601,
            Self::NoResource(_) if era == Era::Handshake => -32_002,
            Self::Params(_) | Self::NoResource(_) => -32_602,
            Self::Internal => -32_603,
            Self::HeaderMismatch(_) => -32_020,
            Self::Version(_) => -32_022,
            Self::Refused(status, _) => i64::from(status.as_u16()),
            Self::Denied(problem) => i64::from(problem.status.as_u16()),
        }
    }

    fn status(&self, era: Era) -> StatusCode {
        match self {
            Self::Refused(status, _) => *status,
            Self::Denied(problem) => problem.status,
            Self::Unreadable(_) | Self::Invalid(_) | Self::HeaderMismatch(_) | Self::Version(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::UnknownMethod(_) if era == Era::Stateless => StatusCode::NOT_FOUND,
            Self::Params(_) | Self::NoResource(_) if era == Era::Stateless => StatusCode::BAD_REQUEST,
            Self::UnknownMethod(_) | Self::Params(_) | Self::NoResource(_) | Self::Internal => StatusCode::OK,
        }
    }

    fn data(&self) -> Option<Value> {
        match self {
            Self::Version(requested) => Some(json!({ "supported": VERSIONS, "requested": requested })),
            Self::NoResource(uri) => Some(json!({ "uri": uri })),
            Self::Denied(problem) => serde_json::to_value(problem).ok(),
            _ => None,
        }
    }

    /// What is told of it to who sent the request that is known by `id`, where that could be read.
    pub fn told(&self, id: Option<&Value>, era: Era) -> Value {
        let mut error = json!({ "code": self.code(era), "message": self.to_string() });
        if let Some(data) = self.data() {
            error["data"] = data;
        }
        let mut body = json!({ "jsonrpc": "2.0", "error": error });
        if let Some(id) = id {
            body["id"] = id.clone();
        }
        body
    }

    /// The answer to a body that holds that request alone.
    pub fn respond(&self, id: Option<&Value>, era: Era) -> Response {
        let body = self.told(id, era);
        // Who is not known is told how to make themselves known, as the API does.
        let mut response = match self {
            Self::Denied(problem) => problem.as_ref().clone().into_response(),
            _ => Response::new(Body::empty()),
        };
        if matches!(self, Self::Denied(problem) if problem.status == StatusCode::FORBIDDEN) {
            let challenge = HeaderValue::from_static("Bearer realm=\"pharos\", error=\"insufficient_scope\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        let plain = headers::json(self.status(era), "application/json", body.to_string());
        let (parts, body) = plain.into_parts();
        response.headers_mut().extend(parts.headers);
        *response.status_mut() = parts.status;
        *response.body_mut() = body;
        response.headers_mut().remove(CONTENT_LENGTH);
        response
    }
}

/// What is told to who sent the request that is known by `id`.
pub fn answered(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// The answer to a body.
pub fn whole(answer: &Value) -> Response {
    headers::json(StatusCode::OK, "application/json", answer.to_string())
}

/// The answer to what only is to be taken note of.
pub fn noted() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Message, Fault> {
        Message::of(read(body.as_bytes())?)
    }

    fn code(body: &str) -> i64 {
        parse(body).unwrap_err().code(Era::Stateless)
    }

    #[test]
    fn what_is_no_message_is_told_from_what_is_no_json() {
        for (body, expected) in [
            ("", -32_700),
            ("{\"jsonrpc\":", -32_700),
            ("\u{0}", -32_700),
            ("[]", -32_600),
            ("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32_600),
            ("7", -32_600),
            ("{}", -32_600),
            ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"ping\"}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}", -32_600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", -32_600),
        ] {
            assert_eq!(code(body), expected, "{body}");
        }
    }

    #[test]
    fn what_has_no_id_wants_no_answer() {
        let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        assert_eq!(parse(body).unwrap(), Message::Notification);
    }

    #[test]
    fn json_that_is_too_deep_is_refused_and_does_not_end_the_process() {
        let body = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        assert_eq!(code(&body), -32_700);
    }
}
