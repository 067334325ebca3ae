//! Why Microsoft's sign-in said no: its numbers (AADSTS) first, then the words of OAuth. Texts are
//! never decided by.

use connection::{FailureCode, ProviderError, Refusal, SignedOutWhy};
use outbound::oauth::TokenRefusal;

/// To who did not agree, and may.
const DECLINED: &str = "Microsoft says that you did not agree, so nothing was changed. To go on, \
    begin again and accept on Microsoft's page.";

/// What a refusal comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The person said no, or has not agreed.
    Declined,
    /// The same at the page of an organisation; whoever may not agree there, and goes back, ends
    /// so, too.
    DeclinedThere,
    /// An administrator of the person's organisation must agree first.
    ByAdmin,
    /// An administrator must let the person use the application.
    NotAssigned,
    /// The sign-in needs a further step: another factor, a new password, terms of use.
    FurtherStep,
    /// The organisation's rules forbid it from this device or place.
    Policy,
    /// Switched off, or not known there.
    NoSuchUser,
    /// An account of another organisation, or a personal one, where that is not let in.
    OtherAccount,
    /// The grant, or the code, has ended.
    Ended,
    /// The application does not exist there, or is not open to this organisation.
    NoSuchApplication,
    /// The client secret is wrong or missing.
    Secret,
    /// The client secret has expired.
    SecretExpired,
    /// The way back is not among those registered.
    Redirect,
    /// A permission is asked that does not exist there.
    Scope,
    /// The request or the application's set-up is wrong in another way.
    Request,
    /// Out of order; it will pass.
    Passing,
    /// The page was left without an answer.
    Nothing,
    /// Anything else.
    Other,
}

impl Reason {
    /// By what came with a way back, or with a refusal of the token endpoint.
    pub(super) fn of(error: &str, description: &str, codes: &[i64], suberror: &str) -> Self {
        let mut named = numbers(description).into_iter().chain(codes.iter().copied());
        let by_number = named.find_map(by_number);
        by_number.or_else(|| by_suberror(suberror)).unwrap_or_else(|| by_word(error))
    }

    pub(super) fn of_token(refusal: &TokenRefusal) -> Self {
        let TokenRefusal { error, error_description, error_codes, suberror } = refusal;
        Self::of(error, error_description, error_codes, suberror)
    }

    /// Does it say no more than that the code is no good?
    pub(super) fn is_about_code(self) -> bool {
        self == Self::Ended
    }

    /// What it means for a connection whose refresh was refused.
    pub(super) fn consequence(self) -> ProviderError {
        let out = |why| ProviderError::SignedOut { why };
        let say = self.say("");
        match self {
            Self::Declined | Self::DeclinedThere => out(SignedOutWhy::ScopeMissing),
            Self::ByAdmin => out(SignedOutWhy::ConsentByAdmin),
            Self::NotAssigned
            | Self::FurtherStep
            | Self::Policy
            | Self::NoSuchUser
            | Self::OtherAccount
            | Self::Ended => out(SignedOutWhy::AccessWithdrawn),
            Self::NoSuchApplication
            | Self::Secret
            | Self::SecretExpired
            | Self::Redirect
            | Self::Scope
            | Self::Request => ProviderError::SetUp { say },
            // Not proven to be dead: asked again later.
            Self::Passing | Self::Nothing | Self::Other => ProviderError::Unavailable { say },
        }
    }

    /// What it means to a person who is connecting. `link` is where an administrator agrees.
    pub(super) fn refusal(self, link: &str) -> Refusal {
        let code = match self {
            Self::Declined | Self::DeclinedThere => FailureCode::Cancelled,
            Self::ByAdmin | Self::NotAssigned => FailureCode::ConsentByAdmin,
            Self::OtherAccount => FailureCode::WorkAccountNeeded,
            Self::Ended => FailureCode::SignInExpired,
            Self::NoSuchApplication
            | Self::Secret
            | Self::SecretExpired
            | Self::Redirect
            | Self::Scope
            | Self::Request => FailureCode::SetUp,
            Self::FurtherStep
            | Self::Policy
            | Self::NoSuchUser
            | Self::Passing
            | Self::Nothing
            | Self::Other => FailureCode::Refused,
        };
        Refusal { code, say: self.say(link), field: None }
    }

    fn say(self, link: &str) -> String {
        match self {
            Self::Declined => DECLINED,
            Self::DeclinedThere => {
                return format!(
                    "{DECLINED} If you may not accept for yourself there, send this address to an \
                     administrator of your organisation, and connect again once they have agreed: \
                     {link}"
                );
            }
            Self::ByAdmin => {
                return format!(
                    "Your organisation wants an administrator to agree first. Send them this \
                     address, and connect again once they have agreed: {link}"
                );
            }
            Self::NotAssigned => {
                "Your organisation lets only some people use this application. Ask its \
                 administrator to assign it to you in the Microsoft Entra admin center, under \
                 Enterprise applications > this application > Users and groups. Then connect again."
            }
            Self::FurtherStep => {
                "Microsoft wants a further step of signing in, such as a second factor. Connect \
                 again, and finish all steps on Microsoft's page."
            }
            Self::Policy => {
                "Your organisation's rules do not allow this sign-in from this device or place. \
                 Ask its administrator, or connect from a device that it knows."
            }
            Self::NoSuchUser => {
                "Microsoft does not know this account, or it is switched off. Ask the \
                 administrator of your organisation."
            }
            Self::OtherAccount => {
                "This installation does not take accounts of that kind or organisation. Connect \
                 again with a work or school account that it takes."
            }
            Self::Ended => {
                "Microsoft does not take the answer of its own page any more: it is too old, or \
                 was used before. Connect again."
            }
            Self::Passing => "Microsoft's sign-in is out of order. Try again in a few minutes.",
            Self::Nothing => {
                "Microsoft sent you back without an answer. If you have just agreed for your \
                 organisation, or left its page, connect again."
            }
            Self::Other => {
                "Microsoft refused the sign-in for a reason that is not known here. Connect \
                 again; if it stays so, ask the administrator of your organisation."
            }
            setup => setup.say_to_operator(),
        }
        .to_owned()
    }

    /// What the administrator of this installation must mend.
    fn say_to_operator(self) -> &'static str {
        match self {
            Self::NoSuchApplication => {
                "Microsoft does not know the application id of this installation, or the \
                 application is switched off or not open to this organisation. Its administrator \
                 must correct the client at Microsoft."
            }
            Self::Secret => {
                "Microsoft does not accept the client secret of this installation. Its \
                 administrator must set DAYMARK_MICROSOFT_CLIENT_SECRET to the secret's value, not \
                 its id, and start Daymark again."
            }
            Self::SecretExpired => {
                "The client secret of this installation has expired at Microsoft. Its \
                 administrator must make a new one there, set DAYMARK_MICROSOFT_CLIENT_SECRET to \
                 its value, and start Daymark again."
            }
            Self::Redirect => {
                "This installation's address is not among the redirect URIs of its client at \
                 Microsoft. Its administrator must add it there."
            }
            Self::Scope => {
                "Microsoft does not know a permission that is asked for. The administrator of \
                 this installation must look at the client's set-up there."
            }
            _ => {
                "Microsoft does not accept how this installation asks. Its administrator must \
                 look at the client's set-up at Microsoft."
            }
        }
    }
}

/// `AADSTS65004: …` somewhere in a description.
fn numbers(description: &str) -> Vec<i64> {
    let after = description.split("AADSTS").skip(1);
    let digits =
        after.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.filter_map(|digits| digits.parse().ok()).collect()
}

fn by_number(code: i64) -> Option<Reason> {
    Some(match code {
        65_001 => Reason::Declined,
        65_004 => Reason::DeclinedThere,
        90_093 | 90_094 | 90_095 | 650_056 | 900_941 | 900_981 => Reason::ByAdmin,
        50_105 => Reason::NotAssigned,
        16_000 | 50_055 | 50_058 | 50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_158 => {
            Reason::FurtherStep
        }
        53_000..=53_004 | 530_003 | 530_031 | 530_032 => Reason::Policy,
        50_034 | 50_053 | 50_057 => Reason::NoSuchUser,
        50_020 | 500_200 | 500_201 | 500_202 | 500_208 | 500_212 | 500_213 => Reason::OtherAccount,
        50_173 | 54_005 | 501_481 | 70_000 | 70_002 | 70_008 | 70_043 | 700_003 | 700_005
        | 700_007 | 700_082 | 700_084 | 9_002_313 => Reason::Ended,
        50_059 | 50_194 | 90_002 | 700_016 | 7_000_112 => Reason::NoSuchApplication,
        7_000_215 | 7_000_218 | 7_000_216 => Reason::Secret,
        7_000_222 => Reason::SecretExpired,
        50_011 | 500_112 | 500_113 => Reason::Redirect,
        28_000 | 28_002 | 70_011 | 650_053 | 650_057 => Reason::Scope,
        90_013 | 90_014 | 90_015 | 700_054 | 9_002_325 | 9_002_326 => Reason::Request,
        50_033 | 50_196 | 65_005 | 90_006 | 90_033 => Reason::Passing,
        _ => return None,
    })
}

fn by_suberror(suberror: &str) -> Option<Reason> {
    Some(match suberror {
        "consent_required" => Reason::Declined,
        "basic_action" | "additional_action" | "user_password_expired" => Reason::FurtherStep,
        "message_only" | "protection_policy_required" => Reason::Policy,
        "bad_token" | "token_expired" => Reason::Ended,
        _ => return None,
    })
}

fn by_word(error: &str) -> Reason {
    match error {
        "" => Reason::Nothing,
        "access_denied" | "consent_required" => Reason::Declined,
        "interaction_required" | "login_required" | "account_selection_required" => {
            Reason::FurtherStep
        }
        "invalid_grant" => Reason::Ended,
        "unauthorized_client" => Reason::NoSuchApplication,
        "invalid_client" => Reason::Secret,
        "invalid_scope" | "invalid_resource" => Reason::Scope,
        "invalid_request" | "unsupported_response_type" | "unsupported_grant_type" => {
            Reason::Request
        }
        "server_error" | "temporarily_unavailable" => Reason::Passing,
        _ => Reason::Other,
    }
}
