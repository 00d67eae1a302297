//! `pharos drill`: has a server try whether its archive can be restored.

use serde_json::{Value, json};

use super::client::Server;
use super::table::print;
use crate::http::DrillView;

/// What `pharos drill` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    server: Server,
}

/// Speaks with the server.
///
/// # Errors
/// When the server refuses or does not answer, or what was restored is not what is there.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let server = arguments.server;
    let held = server.patient_client()?.post("/drills", &json!({})).await?;
    print(server.is_json(), &held, told);
    if held["passed"] == json!(false) {
        anyhow::bail!("the archive could not be restored; the server's log says why");
    }
    Ok(())
}

fn told(answer: &Value) -> String {
    let Ok(drill) = serde_json::from_value::<DrillView>(answer.clone()) else { return answer.to_string() };
    let kept = |met: Option<bool>| match met {
        Some(true) => " (as promised)",
        Some(false) => " (more than was promised)",
        None => "",
    };
    let at_risk = drill.at_risk_ms.map_or("not known".to_owned(), |ms| format!("{ms} ms"));
    format!(
        "{}: {} entries and {} observations in {} ms{}; {at_risk} would have been lost{}\n",
        if drill.passed { "passed" } else { "failed" },
        drill.entries,
        drill.observations,
        drill.took_ms,
        kept(drill.met_rto),
        kept(drill.met_rpo),
    )
}
