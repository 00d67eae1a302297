//! Time servers: those whose clock is right, those whose clock is not, and those that answer badly.

use std::net::SocketAddr;

use pharos_probe::{Outcome, ProbeResult, ReasonKind, Spec};
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::{assert_reason, now_s, probe};

fn ntp(address: SocketAddr, mut settings: Value) -> Spec {
    settings["address"] = address.to_string().into();
    Spec::Ntp(serde_json::from_value(settings).unwrap())
}

/// A time of the tests, so many seconds ahead of theirs, as NTP has it.
fn time(ahead_s: i64) -> [u8; 8] {
    let seconds = u32::try_from(now_s() + ahead_s + 2_208_988_800).unwrap();
    (u64::from(seconds) << 32).to_be_bytes()
}

/// A good answer to `question`, with these seconds ahead of the tests' time.
fn answer(question: &[u8], ahead_s: i64) -> Vec<u8> {
    assert_eq!((question.len(), question[0]), (48, 0x23));
    let question = &question[40..];
    [&[0x24, 2, 0, 0][..], &[0; 8], b"GPS\0", &[0; 8], question, &time(ahead_s), &time(ahead_s)].concat()
}

/// A server that answers each question with these datagrams.
async fn server(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 512];
        while let Ok((count, from)) = socket.recv_from(&mut question).await {
            for answer in answers(&question[..count]) {
                // A prober that has seen enough is gone, and that is well.
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    address
}

async fn ask(answers: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> (ProbeResult, SocketAddr) {
    let address = server(answers).await;
    (probe(&ntp(address, json!({}))).await, address)
}

/// What is said of a good answer in which the bytes from `place` are others.
async fn with(place: usize, bytes: &'static [u8]) -> (ProbeResult, SocketAddr) {
    ask(move |question| {
        let mut answer = answer(question, 0);
        answer[place..place + bytes.len()].copy_from_slice(bytes);
        vec![answer]
    })
    .await
}

#[tokio::test]
async fn a_clock_that_is_right_is_good() {
    let (result, address) = ask(|question| vec![answer(question, 0)]).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
    assert_eq!(result.facts.address, Some(address));
    assert!(result.stages.first_byte_us.is_some());
}

#[tokio::test]
async fn a_clock_that_differs_is_degraded_and_says_in_which_direction() {
    for (ahead_s, direction) in [(90, "ahead of"), (-90, "behind")] {
        let (result, _) = ask(move |question| vec![answer(question, ahead_s)]).await;
        let reason = result.reason.unwrap();
        assert_eq!((result.outcome, reason.kind), (Outcome::Degraded, ReasonKind::ClockDiffers));
        // The way there and back takes some of it.
        let sentence = "NTP: expected the clocks to differ by at most 1s, the server's is ";
        assert!(reason.sentence.starts_with(sentence), "{reason:?}");
        assert!(reason.sentence.contains(&format!("{direction} this machine's")), "{reason:?}");
    }
}

#[tokio::test]
async fn a_clock_may_differ_by_as_much_as_is_allowed() {
    let address = server(|question| vec![answer(question, 90)]).await;
    let result = probe(&ntp(address, json!({ "offset_over": "2m" }))).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
}

#[tokio::test]
async fn a_server_that_does_not_know_the_time_is_down() {
    let sentence = "NTP: the server says that it does not know the time itself, with stratum 16";
    assert_reason(&with(1, &[16]).await.0, Outcome::Down, ReasonKind::Unhealthy, sentence);
    let sentence = "NTP: the server says that it does not know the time itself, with stratum 2";
    assert_reason(&with(0, &[0xe4]).await.0, Outcome::Down, ReasonKind::Unhealthy, sentence);
    let sentence = "NTP: there is no time in the answer";
    assert_reason(&with(40, &[0; 8]).await.0, Outcome::Down, ReasonKind::WrongAnswer, sentence);
}

#[tokio::test]
async fn a_server_that_refuses_is_down_and_one_that_is_asked_too_often_is_unknown() {
    for (answer, outcome, kind, sentence) in [
        (
            b"DENY",
            Outcome::Down,
            ReasonKind::WrongAnswer,
            "NTP: the server does not tell us the time, and says \"DENY\"",
        ),
        (
            b"RATE",
            Outcome::Unknown,
            ReasonKind::CouldNotLook,
            "Could not look: the time server says that it is asked too often (RATE); look less often",
        ),
    ] {
        let (result, _) = ask(move |question| {
            let mut refusal = self::answer(question, 0);
            refusal[1] = 0;
            refusal[12..16].copy_from_slice(answer);
            vec![refusal]
        })
        .await;
        assert_reason(&result, outcome, kind, sentence);
    }
}

#[tokio::test]
async fn what_answers_another_question_is_not_believed() {
    for (place, bytes) in [(24, &b"canary"[..]), (0, &[0x23]), (0, &[0x3c])] {
        let (result, address) = with(place, bytes).await;
        let sentence = format!("NTP: what {address} answered does not answer our question");
        assert_reason(&result, Outcome::Down, ReasonKind::WrongAnswer, &sentence);
    }
}

#[tokio::test]
async fn garbage_before_the_answer_does_no_harm() {
    let (result, _) =
        ask(|question| vec![vec![], b"?".to_vec(), vec![0xff; 2000], answer(question, 0)]).await;
    assert_eq!((result.outcome, result.reason), (Outcome::Good, None));
}

#[tokio::test]
async fn a_time_server_that_is_silent() {
    let (result, address) = ask(|_| vec![]).await;
    let sentence = format!("NTP: no answer from {address} within 300 ms");
    assert_reason(&result, Outcome::Down, ReasonKind::ResponseTimeout, &sentence);
}

#[tokio::test]
async fn a_machine_without_a_time_server() {
    let address = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sentence = format!("Connect: nobody listens on {address}");
    let result = probe(&ntp(address, json!({}))).await;
    assert_reason(&result, Outcome::Down, ReasonKind::ConnectRefused, &sentence);
}

#[tokio::test]
async fn a_time_server_that_no_check_may_look_at_is_not_asked() {
    let result = probe(&ntp(([169, 254, 169, 254], 123).into(), json!({}))).await;
    assert_eq!(result.reason.unwrap().kind, ReasonKind::AddressForbidden);
}
