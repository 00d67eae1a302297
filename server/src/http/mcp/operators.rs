//! Tools of operators: routes of the API, called as every client of it calls them, with the token that came.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_MATCH};
use http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use tower::ServiceExt;
use utoipa::openapi::OpenApi;

use super::operator_tools::{ACTS, Act, Effect, Fixed};
use super::schema;
use super::tools::DATA;
use crate::accounts::{Principal, Scope};
use crate::http::api::access;
use crate::http::api::extract::etag;
use crate::http::api::problem::Problem;
use crate::http::{Peer, Services};
use crate::limits::MCP_ANSWER_BYTES_MAX;

/// What a revision is called among the arguments of a tool.
const REVISION: &str = "revision";
/// What a key is called among the arguments of a tool.
const KEY: &str = "idempotency_key";
/// What a list is called in an answer, which must be an object.
const ITEMS: &str = "items";

/// A tool with what the API's document says of its route.
pub struct OperatorTool {
    act: &'static Act,
    scope: Scope,
    /// The names that stand in the address.
    places: Vec<String>,
    input: Value,
    described: Value,
}

/// Every tool of operators, and the API behind them.
pub struct OperatorTools {
    tools: Vec<OperatorTool>,
    api: Router,
}

/// Somebody who shows a token.
pub struct Bearer {
    /// Who it stands for.
    pub principal: Principal,
    /// As it was sent.
    pub authorization: HeaderValue,
    /// From where.
    pub address: IpAddr,
}

impl OperatorTools {
    /// The tools whose routes the document knows.
    pub fn new(api: &Router<Arc<Services>>, document: &OpenApi, services: &Arc<Services>) -> Self {
        let document = serde_json::to_value(document).unwrap_or_default();
        let tools = ACTS.iter().filter_map(|act| OperatorTool::of(act, &document)).collect();
        Self { tools, api: api.clone().with_state(Arc::clone(services)) }
    }

    /// The tools, with nothing behind them.
    #[cfg(test)]
    pub fn without_api() -> Self {
        let document = serde_json::to_value(crate::http::api::document()).unwrap_or_default();
        let tools = ACTS.iter().filter_map(|act| OperatorTool::of(act, &document)).collect();
        Self { tools, api: Router::new() }
    }

    /// What a bearer is told of: the tools that they may use.
    pub fn described(&self, bearer: &Bearer) -> impl Iterator<Item = &Value> {
        let may = |tool: &&OperatorTool| bearer.principal.may(tool.scope);
        self.tools.iter().filter(may).map(|tool| &tool.described)
    }

    /// The tool of this name.
    pub fn find(&self, name: &str) -> Option<&OperatorTool> {
        self.tools.iter().find(|tool| tool.act.name == name)
    }

    /// Does what a tool does. The API's own problems come back as it writes them.
    ///
    /// # Errors
    /// When it is refused or cannot be done.
    pub async fn call(
        &self,
        tool: &OperatorTool,
        arguments: Map<String, Value>,
        bearer: &Bearer,
    ) -> Result<Value, Value> {
        let request = tool.request(arguments, bearer).map_err(|problem| told(&problem))?;
        // The router answers everything, so that there is no other way to fail.
        let Ok(response) = self.api.clone().oneshot(request).await;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), MCP_ANSWER_BYTES_MAX).await;
        let body = body.map_err(|_| told(&Problem::new("too_large", "the answer is too large")))?;
        if status == StatusCode::NO_CONTENT {
            return Ok(json!({ "done": true }));
        }
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        match value {
            problem if !status.is_success() => Err(problem),
            Value::Array(items) => Ok(json!({ ITEMS: items })),
            value => Ok(value),
        }
    }
}

fn told(problem: &Problem) -> Value {
    serde_json::to_value(problem).unwrap_or_default()
}

impl OperatorTool {
    /// The scope that it takes.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    fn of(act: &'static Act, document: &Value) -> Option<Self> {
        let operation = document["paths"].get(act.path)?.get(act.method.to_lowercase())?;
        let mut properties = Map::new();
        let (mut required, mut places) = (Vec::new(), Vec::new());
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str()?;
            match (parameter["in"].as_str()?, name) {
                ("path", name) => {
                    properties.insert(name.to_owned(), json!({ "type": "string", "description": act.names }));
                    required.push(name.to_owned());
                    places.push(name.to_owned());
                }
                ("header", "If-Match") => {
                    let about = "The revision that you read. Where it was changed meanwhile nothing is done.";
                    properties.insert(
                        REVISION.to_owned(),
                        json!({ "type": "integer", "minimum": 0, "description": about }),
                    );
                }
                ("header", "Idempotency-Key") => {
                    let about = "A key of your own: the same call with it is done once. Draw one for each thing you do, and keep it when you try again.";
                    properties.insert(
                        KEY.to_owned(),
                        json!({ "type": "string", "minLength": 1, "maxLength": 255, "description": about }),
                    );
                }
                _ => {}
            }
        }
        let body =
            schema::of_document(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
        for (name, field) in body["properties"].as_object().into_iter().flatten() {
            let is_offered = act.takes.is_none_or(|takes| takes.contains(&name.as_str()));
            if is_offered && !act.fixed.iter().any(|(fixed, _)| fixed == name) {
                properties.insert(name.clone(), field.clone());
            }
        }
        let needed = body["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.extend(needed.filter(|name| properties.contains_key(*name)).map(str::to_owned));
        let scope = access::needed(&act.method.parse().ok()?, act.path)?;
        let input = schema::object(properties, required);
        let described = json!({
            "name": act.name,
            "title": act.title,
            "description": format!("{} It takes the scope \"{}\". {DATA}", act.description, scope.as_str()),
            "inputSchema": input,
            "outputSchema": output(document, operation),
            "annotations": act.effect.annotations(act.title),
        });
        Some(Self { act, scope, places, input, described })
    }

    /// The request of the API that a call means.
    fn request(&self, mut arguments: Map<String, Value>, bearer: &Bearer) -> Result<Request<Body>, Problem> {
        if let Some(name) =
            arguments.keys().find(|name| self.input["properties"].get(name.as_str()).is_none())
        {
            let name: String = name.chars().take(40).collect();
            let hint = "see the tool's inputSchema";
            return Err(
                Problem::new("invalid", format!("`{name}` is none of this tool's arguments")).hint(hint)
            );
        }
        let mut path = self.act.path.to_owned();
        for place in &self.places {
            let Some(Value::String(named)) = arguments.remove(place) else {
                return Err(Problem::invalid(place, "is missing, or no text", self.act.names));
            };
            let safe: String = form_urlencoded::byte_serialize(named.as_bytes()).collect();
            path = path.replace(&["{", place, "}"].concat(), &safe);
        }
        let mut request = Request::builder().method(self.act.method).uri(path);
        request = request.header(AUTHORIZATION, bearer.authorization.clone()).extension(Peer(bearer.address));
        if let Some(revision) = arguments.remove(REVISION) {
            let number = revision.as_u64().and_then(|number| u32::try_from(number).ok());
            let wrong = || Problem::invalid(REVISION, "is no revision", "take `revision` of what you read");
            request = request.header(IF_MATCH, etag(number.ok_or_else(wrong)?));
        }
        if let Some(key) = arguments.remove(KEY) {
            let value = key.as_str().and_then(|key| HeaderValue::from_str(key).ok());
            let wrong = || Problem::invalid(KEY, "is no plain text", "draw another");
            request = request.header("idempotency-key", value.ok_or_else(wrong)?);
        }
        for (name, value) in self.act.fixed {
            arguments.insert((*name).to_owned(), value.value());
        }
        let has_body = !matches!(self.act.method, "GET" | "DELETE") && !self.act.is_bare;
        let body = if has_body {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::from(Value::Object(arguments).to_string())
        } else {
            Body::empty()
        };
        request.body(body).map_err(|_| Problem::new("not_found", "there is nothing of this name"))
    }
}

/// The shape of what a route answers, which must be an object.
fn output(document: &Value, operation: &Value) -> Value {
    let responses = ["200", "201"].iter().filter_map(|status| operation["responses"].get(*status));
    let shape = responses.map(|response| &response["content"]["application/json"]["schema"]).next();
    let Some(shape) = shape else {
        return json!({ "type": "object", "properties": { "done": { "const": true } }, "required": ["done"] });
    };
    let shape = schema::of_document(document, shape);
    if shape["type"] == "array" {
        return json!({ "type": "object", "properties": { ITEMS: shape }, "required": [ITEMS] });
    }
    shape
}

impl Fixed {
    fn value(&self) -> Value {
        match self {
            Self::Word(word) => (*word).into(),
            Self::Yes => true.into(),
        }
    }
}

impl Effect {
    fn annotations(self, title: &str) -> Value {
        json!({
            "title": title,
            "readOnlyHint": self == Self::Reads,
            "destructiveHint": self == Self::Changes,
            "idempotentHint": self != Self::Adds,
            // What is done is told to everybody, unless it only reads.
            "openWorldHint": self != Self::Reads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Via;
    use crate::http::api;

    fn document() -> Value {
        serde_json::to_value(api::document()).unwrap()
    }

    fn bearer(scopes: Vec<Scope>) -> Bearer {
        let via = Via::Token { id: "t".to_owned(), scopes };
        let principal = Principal { user: "anna".to_owned(), role: pharos_store::Role::Admin, via };
        let authorization = HeaderValue::from_static("Bearer pharos_x");
        Bearer { principal, authorization, address: IpAddr::from([192, 0, 2, 1]) }
    }

    fn tool(name: &str) -> OperatorTool {
        let act = ACTS.iter().find(|act| act.name == name).unwrap();
        OperatorTool::of(act, &document()).unwrap()
    }

    #[test]
    fn every_tool_is_a_route_of_the_api_and_says_what_it_takes() {
        let document = document();
        for act in ACTS {
            let tool = OperatorTool::of(act, &document).unwrap_or_else(|| panic!("{} is no route", act.name));
            let named =
                act.fixed.iter().map(|(name, _)| *name).chain(act.takes.into_iter().flatten().copied());
            let path = &document["paths"][act.path][act.method.to_lowercase()];
            let body = &path["requestBody"]["content"]["application/json"]["schema"];
            let body = schema::of_document(&document, body);
            for name in named {
                assert!(body["properties"].get(name).is_some(), "{}: {name}", act.name);
            }
            assert_eq!(act.is_bare, body.is_null() && act.method == "POST", "{}", act.name);
            assert_eq!(tool.described["outputSchema"]["type"], "object", "{}", act.name);
            assert!(!tool.described.to_string().contains("$ref"), "{}", act.name);
        }
    }

    #[test]
    fn nothing_of_a_call_reaches_another_route_or_header() {
        let resolve = tool("resolve_incident");
        let arguments = |value: Value| value.as_object().cloned().unwrap();
        let asked = json!({ "id": "../users?x=/#", "body": "Done.", "revision": 3, "idempotency_key": "k" });
        let request = resolve.request(arguments(asked), &bearer(vec![])).unwrap();
        assert_eq!(request.uri(), "/incidents/..%2Fusers%3Fx%3D%2F%23/updates");
        assert_eq!(request.headers()["if-match"], "\"r3\"");
        assert_eq!(request.headers()["idempotency-key"], "k");
        assert_eq!(request.headers().len(), 4);
        for wrong in [
            json!({ "id": "a", "body": "x", "status": "investigating" }),
            json!({ "id": "a", "body": "x", "authorization": "Bearer other" }),
            json!({ "id": 7, "body": "x" }),
            json!({ "body": "x" }),
            json!({ "id": "a", "revision": -1 }),
            json!({ "id": "a", "revision": "3" }),
            json!({ "id": "a", "idempotency_key": "a\r\nx-other: 1" }),
        ] {
            assert!(resolve.request(arguments(wrong.clone()), &bearer(vec![])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_fixed_is_sent_and_not_asked_for() {
        let resolve = tool("resolve_incident");
        assert!(resolve.input["properties"].get("status").is_none());
        assert_eq!(resolve.input["required"], json!(["id", "body"]));
        let take_over = tool("take_over_incident");
        let names: Vec<&String> = take_over.input["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["id", "revision"]);
    }
}
