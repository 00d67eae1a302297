//! A service that answers as a test says, one question after the other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered.
#[derive(Clone, Copy)]
pub enum Say {
    /// A status and the rest of the head, and a body.
    This(&'static str, &'static str),
    /// The head of an answer, and half of its body.
    Half,
    /// Nothing, and the connection ends.
    HangUp,
    /// Nothing, and the connection stays.
    Nothing,
}

/// A running service.
pub struct Stub {
    /// Where it answers.
    pub endpoint: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// One that answers so, each question on a connection of its own; then it is gone.
    pub fn that_says(answers: Vec<Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heard);
        std::thread::spawn(move || {
            // Connections on which nothing is said are held for as long as others are served.
            let mut held = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let request = request(&mut stream);
                noted.lock().unwrap().push(request);
                match answer {
                    Say::This(status, body) => {
                        let length = body.len();
                        let text = format!(
                            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                        );
                        stream.write_all(text.as_bytes()).unwrap();
                    }
                    Say::Half => {
                        let text = "HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: 10\r\n\r\nhalf";
                        stream.write_all(text.as_bytes()).unwrap();
                    }
                    Say::HangUp => {}
                    Say::Nothing => held.push(stream),
                }
            }
        });
        Self { endpoint, heard }
    }

    /// What it was asked: each with its head and body.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// One request, as text.
fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}
