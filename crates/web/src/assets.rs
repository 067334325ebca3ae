//! The stylesheet, the script and the sign of Daymark: embedded, named by their content, kept by
//! browsers for good.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::asked::Named;
use crate::error::Fault;
use crate::pages::week_positions;

/// Where they are served.
pub(crate) const ROUTE: &str = "/assets/{name}";

/// The name carries the content: what is under it never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "src/assets"]
struct Embedded;

struct Asset {
    /// As the source calls it.
    name: String,
    /// As the page calls it: with a hash of the content.
    href: String,
    etag: String,
    media_type: &'static str,
    content: Vec<u8>,
}

impl Asset {
    fn new(name: &str, content: Vec<u8>) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&content)[..9]);
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let media_type = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
        Self {
            name: name.to_owned(),
            href: format!("/assets/{stem}.{hash}.{ending}"),
            etag: format!("\"{hash}\""),
            media_type,
            content,
        }
    }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let embedded = Embedded::iter()
        .filter_map(|name| Some(Asset::new(&name, Embedded::get(&name)?.data.into_owned())));
    let positions = Asset::new("positions.css", week_positions::stylesheet().into_bytes());
    embedded.chain([positions]).collect()
});

/// The address of an asset, for links on pages.
pub(crate) fn href(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.href.as_str())
}

/// Serves one of them.
pub(crate) async fn asset(
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let wanted = |asset: &&Asset| asset.href.strip_prefix("/assets/") == Some(name.as_str());
    let asset = ASSETS.iter().find(wanted).ok_or(Fault::NotFound)?;
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let head = [(ETAG, asset.etag.as_str()), (CACHE_CONTROL, FOR_GOOD)];
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == asset.etag)) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    Ok((head, [(CONTENT_TYPE, asset.media_type)], asset.content.as_slice()).into_response())
}
