//! Nothing of a check reaches the public: canaries in every private field, and every public document searched.

use pharos_model::Status;
use pharos_tests::{EventStream, Setup, Target};

use crate::{becomes, wait_for_page};

const CANARIES: [&str; 6] =
    ["canary-host", "canary-path", "canary-bearer", "canary-header", "canary-body", "canary-expected"];

#[test]
fn no_public_document_holds_anything_of_a_check() {
    let target = Target::start().unwrap();
    target.answer(500);
    let config = format!(
        "page: {{ name: Example }}
components:
  - id: api
    name: Public API
    checks:
      - http:
          url: \"http://{}/canary-path\"
          method: POST
          headers: {{ x-private: canary-header }}
          body: canary-body
          bearer: canary-bearer
          expect: {{ body_contains: canary-expected }}
        interval: 1s
        timeout: 900ms
      - name: second
        http: {{ url: \"http://canary-host.invalid/\" }}
        interval: 1s
        timeout: 900ms
",
        target.address
    );
    let pharos = Setup::new(&config).unwrap();
    let pharos = pharos.start().unwrap();
    let stream = EventStream::open(pharos.address, None).unwrap();
    let mut seen = stream.next_fact().unwrap().data;
    for event in stream.until(becomes(Status::MajorOutage)).unwrap() {
        seen = format!("{seen}{event:?}");
    }
    let page = wait_for_page(&pharos, "is not available");
    let id = page.split("/incidents/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let incident = format!("/incidents/{id}");
    for path in
        ["/", "/history", "/components/api", &incident, "/health", "/metrics", "/events-not", "/favicon.svg"]
    {
        seen.push_str(&pharos.get(path).unwrap().text());
    }
    for canary in CANARIES.into_iter().chain([&*target.address.port().to_string()]) {
        assert!(!seen.contains(canary), "{canary} is public");
    }
    for secret in ["canary-bearer", "canary-header", "canary-body"] {
        assert!(!pharos.log().contains(secret), "{secret} is in the log");
    }
}
