//! A minimal HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("text")
    }
}

/// Sends a request, and does not wait for the answer.
pub fn ask(address: SocketAddr, method: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a server listens");
    let question = format!("{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).expect("written");
    stream
}

/// Reads the answer.
pub fn answer(mut stream: &TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let body = bytes.split_off(end.expect("a head") + 4);
    let head = String::from_utf8(bytes).expect("text");
    let status = head.split(' ').nth(1).expect("a status");
    let answer = Answer {
        status: status.parse().expect("a number"),
        body,
        head,
    };
    if let Some(length) = answer.header("content-length") {
        assert_eq!(length.parse(), Ok(answer.body.len()));
    }
    answer
}

pub fn get(address: SocketAddr, path: &str) -> Answer {
    answer(&ask(address, "GET", path))
}
