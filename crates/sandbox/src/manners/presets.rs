//! The presets: what each imitated server does, as the providers' documents and threads tell it.

use super::{
    BogusToken, EtagOnPut, Hrefs, IfMatchStar, Layout, Manners, Preset, Rewrite, SecondPropstat,
    TokenStyle, UidConflict, Wire,
};

const RESOURCE_SIZE_MAX: usize = 20 * 1024 * 1024;

impl Default for Manners {
    fn default() -> Self {
        Self::of(Preset::ICloud)
    }
}

impl Manners {
    /// The manners of one server.
    pub fn of(preset: Preset) -> Self {
        match preset {
            Preset::ICloud => icloud(),
            Preset::Nextcloud => nextcloud(),
            Preset::Radicale => radicale(),
            Preset::Fastmail => fastmail(),
            Preset::Sogo => sogo(),
            Preset::Gmx => gmx(),
        }
    }
}

fn layout(entry: &str, principal: &str, home: &str) -> Layout {
    Layout { entry: entry.into(), principal: principal.into(), home: home.into(), numbered: false }
}

/// A server that follows the RFCs in everything; the presets say where theirs does not.
fn by_the_book() -> Manners {
    Manners {
        layout: layout("/dav/", "/dav/principals/{user}/", "/dav/calendars/{user}/"),
        partition_host: None,
        home_absolute: false,
        hrefs: Hrefs::Paths,
        at_sign_encoded: true,
        well_known: Some(301),
        challenges: vec![r#"Basic realm="CalDAV""#.into()],
        dav: vec!["1, 2, 3, access-control, calendar-access".into()],
        content_type: "application/xml; charset=utf-8".into(),
        wire: Wire::Prefixed,
        second_propstat: SecondPropstat::Honest,
        principal_depth_1_refused: false,
        scheduling_collections: false,
        trash_bin: false,
        color_with_alpha: false,
        ctag: true,
        sync_collection: true,
        token_style: TokenStyle::Plain,
        bogus_token: BogusToken::Forbidden,
        sync_lists_itself: false,
        sync_max: None,
        multiget_max: None,
        component_filter_required: false,
        open_ranges_broken: false,
        series_by_first_only: false,
        free_busy_query: true,
        etag_on_put: EtagOnPut::Strong,
        if_none_match_honoured: true,
        if_match_star: IfMatchStar::Honest,
        uid_conflict: UidConflict::InCalendar,
        end_required: false,
        method_refused: true,
        says_precondition: true,
        rewrite: Rewrite::Nothing,
        mkcalendar: true,
        resource_size_max: RESOURCE_SIZE_MAX,
        wrong_passwords_max: None,
    }
}

fn icloud() -> Manners {
    Manners {
        layout: Layout {
            entry: "/".into(),
            principal: "/{user}/principal/".into(),
            home: "/p{partition}/{user}/calendars/".into(),
            numbered: true,
        },
        home_absolute: true,
        challenges: vec![r#"X-MobileMe-AuthToken realm="MMCalDav", Basic realm="MMCalDav""#.into()],
        dav: vec![
            "1, access-control, calendar-access, calendar-schedule, calendar-auto-schedule".into(),
            "calendar-managed-attachments, calendarserver-sharing, sync-collection".into(),
        ],
        content_type: "text/xml; charset=UTF-8".into(),
        wire: Wire::Inline,
        second_propstat: SecondPropstat::Sloppy,
        principal_depth_1_refused: true,
        scheduling_collections: true,
        color_with_alpha: true,
        token_style: TokenStyle::Apple,
        sync_lists_itself: true,
        component_filter_required: true,
        if_match_star: IfMatchStar::Backwards,
        uid_conflict: UidConflict::AcrossPerson,
        end_required: true,
        says_precondition: false,
        ..by_the_book()
    }
}

fn nextcloud() -> Manners {
    Manners {
        layout: layout(
            "/remote.php/dav/",
            "/remote.php/dav/principals/users/{user}/",
            "/remote.php/dav/calendars/{user}/",
        ),
        challenges: vec![r#"Basic realm="Nextcloud", charset="UTF-8""#.into()],
        dav: vec![
            "1, 3, extended-mkcol, access-control, calendarserver-principal-property-search".into(),
            "calendar-access, calendar-proxy, calendar-auto-schedule".into(),
        ],
        scheduling_collections: true,
        trash_bin: true,
        token_style: TokenStyle::Sabre,
        open_ranges_broken: true,
        wrong_passwords_max: Some(10),
        ..by_the_book()
    }
}

fn radicale() -> Manners {
    Manners {
        layout: layout("/", "/{user}/", "/{user}/"),
        at_sign_encoded: false,
        challenges: vec![r#"Basic realm="Radicale - Password Required""#.into()],
        dav: vec!["1, 2, 3, calendar-access, addressbook, extended-mkcol".into()],
        token_style: TokenStyle::Radicale,
        if_match_star: IfMatchStar::Backwards,
        method_refused: false,
        ..by_the_book()
    }
}

fn fastmail() -> Manners {
    Manners {
        layout: layout("/dav/", "/dav/principals/user/{user}/", "/dav/calendars/user/{user}/"),
        at_sign_encoded: false,
        challenges: vec![r#"Basic realm="Fastmail""#.into()],
        dav: vec!["1, 2, 3, access-control, extended-mkcol, calendar-access".into()],
        scheduling_collections: true,
        uid_conflict: UidConflict::AcrossPerson,
        rewrite: Rewrite::Schedules,
        ..by_the_book()
    }
}

fn sogo() -> Manners {
    Manners {
        layout: layout("/SOGo/dav/", "/SOGo/dav/{user}/", "/SOGo/dav/{user}/Calendar/"),
        challenges: vec![r#"basic realm="SOGo""#.into()],
        bogus_token: BogusToken::ListsEverything,
        second_propstat: SecondPropstat::Absent,
        free_busy_query: false,
        etag_on_put: EtagOnPut::Absent,
        if_none_match_honoured: false,
        if_match_star: IfMatchStar::Ignored,
        rewrite: Rewrite::Stamps,
        ..by_the_book()
    }
}

fn gmx() -> Manners {
    Manners {
        layout: layout("/begenda/dav/", "/begenda/dav/{user}/", "/begenda/dav/{user}/calendar/"),
        challenges: vec![r#"Basic realm="GMX CalDAV""#.into()],
        hrefs: Hrefs::Absolute,
        sync_collection: false,
        open_ranges_broken: true,
        free_busy_query: false,
        if_match_star: IfMatchStar::Backwards,
        ..by_the_book()
    }
}
