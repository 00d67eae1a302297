//! Clients that misbehave, and the others beside them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use pharos_tests::{Setup, Target};

use crate::{one_component, wait_for_page};

/// The header deadline and a little more.
const DEADLINE: Duration = Duration::from_secs(13);

#[test]
fn silent_and_half_finished_requests_are_closed_while_others_are_served() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let mut clients: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(pharos.address).unwrap()).collect();
    for client in clients.iter_mut().skip(25) {
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-half").unwrap();
    }
    let started = Instant::now();
    assert_eq!(pharos.get("/").unwrap().status, 200);
    for client in &mut clients {
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).unwrap();
    }
    assert!(started.elapsed() < DEADLINE, "took {:?}", started.elapsed());
}

#[test]
fn nonsense_is_refused_and_nobody_else_notices() {
    let target = Target::start().unwrap();
    let pharos = Setup::new(&one_component(&target)).unwrap();
    let pharos = pharos.start().unwrap();
    wait_for_page(&pharos, "Public API");
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(5_000));
    let wide = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: 1\r\n".repeat(200));
    let big = format!("GET / HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", "a".repeat(40_000));
    let both =
        "POST /push/x HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\nabc";
    for (request, statuses) in [
        (&*long, &["414"][..]),
        // A server that hangs up on a flood may do so before its answer is read.
        (&*wide, &["431", "400", ""]),
        (&*big, &["431", "400", ""]),
        (both, &["400", "404", "413"]),
        ("\x16\x03\x01\x02\x00\x01", &["400", ""]),
        ("BREW / HTTP/1.1\r\nhost: x\r\n\r\n", &["405"]),
    ] {
        let mut client = TcpStream::connect(pharos.address).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        // The server may hang up before all is sent.
        let _ = client.write_all(request.as_bytes());
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(statuses.contains(&status), "{status} to {:?}", &request[..request.len().min(40)]);
    }
    assert_eq!(pharos.get("/").unwrap().status, 200);
}
