//! A small client for tests: requests in process, answers as text.

use axum::body::Body;
use base64::Engine;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use sandbox::{Access, CalendarKind, Sandbox};
use tower::ServiceExt;

pub(crate) const USER: &str = "ada@icloud.example";
pub(crate) const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Absent when the connection broke while the body was read.
    pub(crate) body: Option<String>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        self.body.as_deref().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The texts of all elements of a name, whatever their prefix.
    pub(crate) fn all(&self, local: &str) -> Vec<String> {
        let document = roxmltree::Document::parse(self.text()).unwrap();
        let named = |node: &roxmltree::Node<'_, '_>| node.tag_name().name() == local;
        let text = |node: roxmltree::Node<'_, '_>| {
            node.descendants().filter_map(|node| node.is_text().then(|| node.text())?).collect()
        };
        document.descendants().filter(named).map(text).collect()
    }

    pub(crate) fn first(&self, local: &str) -> String {
        self.all(local).first().unwrap_or_else(|| panic!("no {local}: {}", self.text())).clone()
    }
}

/// One person with one calendar, `/home`, in a world of their own.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Client {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::empty(7);
        sandbox.add_person(USER, PASSWORD);
        sandbox.add_calendar(USER, "Home", CalendarKind::Events, Access::Owner).unwrap();
        Self::of(sandbox, USER, PASSWORD)
    }

    pub(crate) fn of(sandbox: Sandbox, user: &str, password: &str) -> Self {
        Self { sandbox, user: user.into(), password: password.into() }
    }

    pub(crate) fn home(&self) -> String {
        self.sandbox.calendar_path(&self.user, "Home").unwrap()
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let plain = format!("{}:{}", self.user, self.password);
        let token = base64::engine::general_purpose::STANDARD.encode(plain);
        let sign_in = ("authorization", format!("Basic {token}"));
        let mut all: Vec<(&str, &str)> = vec![(sign_in.0, &sign_in.1), ("host", "cal.example")];
        all.extend(headers);
        request(&self.sandbox, method, path, &all, body).await
    }

    pub(crate) async fn propfind(&self, path: &str, depth: &str, props: &str) -> Answer {
        let body = format!(
            "<D:propfind xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav' \
             xmlns:S='http://calendarserver.org/ns/' xmlns:A='http://apple.com/ns/ical/'>\
             <D:prop>{props}</D:prop></D:propfind>"
        );
        self.send("PROPFIND", path, &[("depth", depth)], &body).await
    }

    pub(crate) async fn report(&self, path: &str, root: &str, content: &str) -> Answer {
        let body = format!(
            "<{root} xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'>{content}</{root}>"
        );
        self.send("REPORT", path, &[("depth", "1")], &body).await
    }

    pub(crate) async fn sync(&self, path: &str, token: &str) -> Answer {
        let content = format!(
            "<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>\
             <D:prop><D:getetag/></D:prop>"
        );
        self.report(path, "D:sync-collection", &content).await
    }

    pub(crate) async fn put(&self, path: &str, text: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "text/calendar; charset=utf-8")];
        all.extend(headers);
        self.send("PUT", path, &all, text).await
    }
}

pub(crate) async fn request(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let answer = sandbox.router().oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.ok();
    let body = body.map(|body| String::from_utf8(body.to_bytes().to_vec()).unwrap());
    Answer { status: head.status, headers: head.headers, body }
}

/// A calendar object with one event of an hour.
pub(crate) fn event(uid: &str, start: &str) -> String {
    event_with(uid, &format!("DTSTART:{start}\r\nDURATION:PT1H"))
}

pub(crate) fn event_with(uid: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261101T000000Z\r\n{lines}\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}
