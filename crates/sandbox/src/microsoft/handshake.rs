//! The question that Microsoft asks an address before it sends notices there: a token, to be given
//! back as plain text within ten seconds. It is a ring like others, so that whoever carries rings
//! carries it too; where nobody does, it is left out.

use std::time::Duration;

use super::answer::Refusal;
use super::desk::Desk;
use super::push::Handshake;
use super::scope::Need;
use super::subscriptions::addresses;
use crate::Sandbox;
use crate::ask::Ask;
use crate::oauth::secret;
use crate::world::World;

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// Waits until all addresses of a new subscription have answered, before anything is opened.
pub(crate) async fn shake(sandbox: &Sandbox, ask: &Ask) -> Result<(), Refusal> {
    let creates = ask.method == "POST" && ask.path == ["v1.0", "subscriptions"];
    if !creates || !sandbox.with(|world| world.microsoft.push.carried) {
        return Ok(());
    }
    let now = sandbox.now();
    let asked = sandbox.with(|world| {
        let access = ask.bearer().and_then(|token| world.microsoft.issuer.access(token, now));
        let caller = access?.caller();
        let mut desk = Desk::open(world, caller, ask, now).ok()?;
        // What is refused anyway is refused without asking.
        desk.allowed(Need::Read).ok()?;
        desk.made().ok()?;
        let sent = desk.object().ok()?;
        Some(addresses(&sent).into_iter().map(|to| question(world, to, now)).collect::<Vec<_>>())
    });
    sandbox.rings_are_due();
    for (token, heard) in asked.into_iter().flatten() {
        let answer = tokio::time::timeout(TEN_SECONDS, heard).await;
        let answer = answer.ok().and_then(Result::ok).flatten();
        let good = answer.is_some_and(|answer| {
            let plain = answer.content_type.starts_with("text/plain");
            answer.status == 200 && plain && answer.body == token
        });
        if !good {
            let says = "Subscription validation request failed. Notification endpoint must \
                respond with 200 OK to validation request.";
            return Err(Refusal::new(400, "ValidationError", says));
        }
    }
    Ok(())
}

fn question(world: &mut World, address: &str, now: jiff::Timestamp) -> (String, Handshake) {
    let token = format!("Validation: Testing client application {}", secret(&mut world.dice, 3));
    let heard = world.microsoft.push.ask_address(address, &token, now);
    (token, heard)
}
