//! A mail server of a few lines: takes letters, or asks to come back later.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use outbound::mail::MailServer;
use sync::Post;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

/// The server, and what it has taken.
pub(crate) struct PostOffice {
    address: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    letters: Mutex<Vec<String>>,
    is_shut: AtomicBool,
    turned_away: AtomicUsize,
}

impl PostOffice {
    /// Opens one.
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Inside::default());
        let theirs = Arc::clone(&inside);
        TaskTracker::new().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _hung_up = serve(stream, &theirs).await;
            }
        });
        Self { address, inside }
    }

    /// The way to it.
    pub(crate) fn post(&self) -> Post {
        let from = "Daymark <daymark@calendar.example>";
        let server = MailServer::new(&self.address.as_str().into(), from).unwrap();
        Post { server, address: "https://calendar.example".into() }
    }

    /// From now on it asks to come back later, or takes letters again.
    pub(crate) fn shut(&self, is_shut: bool) {
        self.inside.is_shut.store(is_shut, Ordering::SeqCst);
    }

    /// What it has taken.
    pub(crate) fn letters(&self) -> Vec<String> {
        self.inside.letters.lock().unwrap().clone()
    }

    /// How often it asked to come back later.
    pub(crate) fn turned_away(&self) -> usize {
        self.inside.turned_away.load(Ordering::SeqCst)
    }
}

async fn serve(stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 office\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "MAIL" if inside.is_shut.load(Ordering::SeqCst) => {
                inside.turned_away.fetch_add(1, Ordering::SeqCst);
                "451 come back later\r\n"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    letter.push_str(&line);
                    letter.push('\n');
                }
                inside.letters.lock().unwrap().push(letter);
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 office\r\n",
        };
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
