//! Signing in to any CalDAV server by address, user name and password.

use async_trait::async_trait;
use connection::{
    Access, Certificate, CheckName, Credential, Examined, Kinship, PasswordSignIn, Refusal, Secret,
    SignInForm, Witness,
};
use jiff::Timestamp;

use crate::examine::{Who, examine, name_and_password};
use crate::line::Manners;
use crate::{address, certificate};

/// Any CalDAV server.
pub(crate) struct Server(pub(crate) Manners);

#[async_trait]
impl PasswordSignIn for Server {
    async fn examine(
        &self,
        form: &SignInForm,
        now: Timestamp,
        witness: &dyn Witness,
    ) -> Result<Examined, Refusal> {
        let (username, password) = name_and_password(form)?;
        let typed = form.address.as_ref().map(Secret::reveal);
        let candidates = address::read(typed, &username)
            .map_err(|refusal| witness.fail(CheckName::ServerFound, refusal))?;
        let who = Who { username: &username, password: &password, candidates: &candidates };
        examine(&self.0, who, now, witness).await
    }

    fn kinship(&self, _: &Credential, _: &Credential) -> Kinship {
        Kinship::STRANGERS
    }

    fn certificate(&self, held: &Credential) -> Option<Certificate> {
        let (_, homes) = self.0.of(&Access::new(held.clone())).ok()?;
        certificate::of(&self.0.client, homes.first())
    }
}
