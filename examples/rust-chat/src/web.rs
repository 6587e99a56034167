//! The chat's own web: its page, the calls of the page, and a WebSocket per open page. Beside it, under `/api/`, the node.
//!
//! Logging in is choosing a name: this is a demonstration, without passwords. People of other platforms are in no table of
//! users here, so none of them can log in.

mod assets;
mod attachments;
mod conversations;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Json, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use integrador::{Attachment, ErrorKind, Node};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use self::attachments::Upload;
use crate::db::{Db, Not};
use crate::integration::{Integration, person};
use crate::live::Live;
use crate::model::{Conversation, Draft, OwnUser, Person, Said};

const MAX_TEXT: usize = 4_000;
const MAX_EMOJI: usize = 32; // bytes, on its way
const PAGE: i64 = 50;

/// What the handlers share.
pub(crate) struct App {
    integration: Arc<Integration>,
    db: Arc<Db>,
    live: Live,
    platform: String,
    /// Cookies are not apart by port, and several of these chats often run on one machine.
    cookie: String,
    /// The `Content-Security-Policy` of the page.
    policy: String,
}

impl App {
    pub(crate) fn new(
        integration: Arc<Integration>,
        db: Arc<Db>,
        live: Live,
        node: &Node,
        port: u16,
        framed_by: Option<&str>,
    ) -> Arc<Self> {
        let (platform, cookie) = (node.name().into(), format!("session-{port}"));
        Arc::new(App { integration, db, live, platform, cookie, policy: assets::policy(framed_by) })
    }
}

/// The chat and, under `/api/`, the node.
pub(crate) fn router(app: Arc<App>, node: Node) -> Router {
    Router::new()
        .route("/", get(assets::index))
        .route("/{file}", get(assets::own))
        .route("/page/{file}", get(assets::shared))
        .route("/app/users", get(users))
        .route("/app/login", post(login))
        .route("/app/logout", post(logout))
        .route("/app/ws", get(socket))
        .route("/app/conversations", post(conversations::create))
        .route("/app/conversations/{id}/messages", get(messages).post(write))
        .route("/app/conversations/{id}/changes", post(change))
        .route("/app/conversations/{id}/read", post(conversations::read))
        .route("/app/conversations/{id}/join", post(conversations::join))
        .route("/app/conversations/{id}/leave", post(conversations::leave))
        .route("/app/conversations/{id}/update", post(conversations::update))
        .route("/app/files/{message}/{number}", get(attachments::file))
        .layer(DefaultBodyLimit::max(attachments::MAX_BYTES * 4 / 3 + (64 << 10)))
        .with_state(app)
        .nest("/api", integrador::axum::router(node))
}

/// A refusal, in a sentence for the person at the page.
struct Refused(StatusCode, &'static str);

type Answer<T = Json<Value>> = Result<T, Refused>;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Refused {
    fn from(e: E) -> Self {
        let e = e.into();
        let kind = e.downcast_ref::<integrador::Error>().map(integrador::Error::kind);
        tracing::warn!("a call of the page failed: {e}");
        match kind {
            Some(ErrorKind::Forbidden | ErrorKind::NotAMember) => {
                Refused(StatusCode::FORBIDDEN, "No podés hacer eso en esta conversación.")
            }
            Some(ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::UnknownRoom) => {
                Refused(StatusCode::CONFLICT, "La conversación cambió. Probá de nuevo.")
            }
            _ => Refused(StatusCode::SERVICE_UNAVAILABLE, "Ahora no se puede guardar. Probá de nuevo en un momento."),
        }
    }
}

const TOO_LONG: Refused = Refused(StatusCode::PAYLOAD_TOO_LARGE, "El mensaje es demasiado largo.");
const NOT_THERE: Refused = Refused(StatusCode::NOT_FOUND, "Esa conversación no existe o ya no participás en ella.");

// Who is there.

/// Whoever is logged in on this page, and by which session.
struct Me {
    user: OwnUser,
    session: String,
}

impl FromRequestParts<Arc<App>> for Me {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refused> {
        let session = token(&parts.headers, &app.cookie);
        let user = session.map(|token| app.db.session(token)).transpose()?.flatten();
        let me = session.zip(user).map(|(session, user)| Me { user, session: session.into() });
        me.ok_or(Refused(StatusCode::UNAUTHORIZED, "Tu sesión terminó. Volvé a entrar."))
    }
}

impl Me {
    fn person(&self, app: &App) -> Person {
        person(&app.platform, &self.user)
    }

    /// A conversation that this person may see.
    fn conversation(&self, app: &App, id: i64) -> Answer<Conversation> {
        let found = app.db.conversation(id)?.filter(|c| c.admits(&self.person(app).id));
        found.ok_or(NOT_THERE)
    }
}

fn token<'a>(headers: &'a HeaderMap, cookie: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|c| c.to_str().ok());
    cookies.flat_map(|c| c.split("; ")).find_map(|c| c.strip_prefix(cookie)?.strip_prefix('='))
}

/// The names for the first page, and who is logged in already.
async fn users(State(app): State<Arc<App>>, me: Result<Me, Refused>) -> Answer {
    let me = me.ok().map(|me| me.user.id);
    Ok(Json(json!({ "platform": app.platform, "users": app.db.users()?, "me": me })))
}

#[derive(Deserialize)]
struct Login {
    id: Option<i64>,
    name: Option<String>,
}

async fn login(State(app): State<Arc<App>>, Json(login): Json<Login>) -> Answer<Response> {
    let user = match (login.id, login.name.as_deref().map(str::trim)) {
        (Some(id), _) => app.db.user(id)?.ok_or(Refused(StatusCode::NOT_FOUND, "Esa persona ya no está."))?,
        (None, Some(name)) if (1..=60).contains(&name.chars().count()) => {
            let taken = Refused(StatusCode::CONFLICT, "Ese nombre ya existe: elegilo en la lista o escribí otro.");
            let user = app.db.add_user(name)?.ok_or(taken)?;
            app.integration.user_added(&user).await?;
            user
        }
        _ => return Err(Refused(StatusCode::BAD_REQUEST, "Escribí un nombre de 1 a 60 letras.")),
    };
    let token = uuid::Uuid::new_v4().simple().to_string();
    app.db.add_session(&token, user.id)?;
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000", app.cookie);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "me": user.id }))).into_response())
}

async fn logout(State(app): State<Arc<App>>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token(&headers, &app.cookie) {
        app.db.end_session(token)?;
        app.live.end_session(token);
    }
    let cookie = format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", app.cookie);
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({}))).into_response())
}

// Messages.

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn messages(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>, Query(q): Query<Before>) -> Answer {
    me.conversation(&app, id)?;
    let messages = app.db.page(id, q.before, PAGE)?;
    let more = messages.len() as i64 == PAGE;
    Ok(Json(json!({ "messages": messages, "more": more })))
}

#[derive(Deserialize)]
struct NewMessage {
    /// The page's own: posted again after a lost answer, it is the same message.
    key: String,
    #[serde(default)]
    text: String,
    attachment: Option<Upload>,
    /// The id of what it answers.
    reply: Option<i64>,
}

async fn write(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>, Json(new): Json<NewMessage>) -> Answer {
    me.conversation(&app, id)?;
    let text = new.text.trim();
    let attachments: Vec<Attachment> = new.attachment.map(Upload::accept).transpose()?.into_iter().collect();
    if text.is_empty() && attachments.is_empty() {
        return Err(Refused(StatusCode::BAD_REQUEST, "El mensaje está vacío."));
    }
    if text.chars().count() > MAX_TEXT || new.key.len() > 100 {
        return Err(TOO_LONG);
    }
    let sender = me.person(&app);
    let draft = Draft {
        conversation: id,
        sender_name: sender.name,
        text: text.into(),
        attachments,
        // Two people whose pages chose the same key don't get in each other's way.
        key: Some(format!("{}/{}", sender.id, new.key)),
        sender: sender.id,
        reply: new.reply,
        reply_event: None,
    };
    let message = app.db.add_own_message(&draft)?;
    app.integration.push_message(message.id)?;
    app.integration.written();
    Ok(Json(json!({ "message": message })))
}

#[derive(Deserialize)]
struct NewChange {
    /// The page's own: posted again after a lost answer, it is the same change.
    key: String,
    message: i64,
    #[serde(flatten)]
    said: Said,
}

async fn change(State(app): State<Arc<App>>, me: Me, Path(id): Path<i64>, Json(new): Json<NewChange>) -> Answer {
    me.conversation(&app, id)?;
    let said = match new.said {
        // What is attached stays.
        Said::Edit { text, .. } => Said::Edit { text: text.trim().into(), attachments: None },
        said => said,
    };
    match &said {
        Said::Edit { text, .. } if text.chars().count() > MAX_TEXT => return Err(TOO_LONG),
        Said::Reaction { emoji, .. } if !(1..=MAX_EMOJI).contains(&emoji.len()) => {
            return Err(Refused(StatusCode::BAD_REQUEST, "Eso no es un emoji."));
        }
        _ if new.key.len() > 100 => return Err(TOO_LONG),
        _ => {}
    }
    let sender = me.person(&app).id;
    let key = format!("{sender}/{}", new.key);
    let message = app.db.add_own_change(id, new.message, (&sender, &key), &said)?.map_err(|not| match not {
        Not::There => Refused(StatusCode::NOT_FOUND, "Ese mensaje ya no está."),
        Not::Theirs => Refused(StatusCode::FORBIDDEN, "Ese mensaje no es tuyo."),
        // The page tries again by itself.
        Not::Yet => Refused(StatusCode::TOO_EARLY, "Ese mensaje todavía está saliendo."),
        Not::Empty => Refused(StatusCode::BAD_REQUEST, "El mensaje está vacío."),
        Not::More => Refused(StatusCode::CONFLICT, "Ya reaccionaste de muchas maneras a este mensaje."),
    })?;
    app.integration.push_message(message.id)?;
    app.integration.written();
    Ok(Json(json!({ "message": message })))
}

// The WebSocket.

async fn socket(
    State(app): State<Arc<App>>,
    me: Me,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    // Browsers let any page open a WebSocket to any host, and send the cookie along to a neighbour on the same machine.
    let of = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let origin = of(header::ORIGIN).and_then(|o| o.split_once("://")).map(|(_, host)| host);
    if origin.is_some() && origin != of(header::HOST) {
        return Err(Refused(StatusCode::FORBIDDEN, "Esta página no es de este chat."));
    }
    Ok(upgrade.on_upgrade(move |socket| async move {
        if let Err(e) = converse(socket, &app, &me).await {
            tracing::debug!("a page has gone: {e}");
        }
    }))
}

/// First all that the page needs, then what changes, until either side goes.
async fn converse(mut socket: WebSocket, app: &App, me: &Me) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Before the snapshot, so that nothing falls between the two; the page takes what comes twice as one.
    let mut pushes = app.live.subscribe();
    let mut ended = app.live.ended_sessions();
    // It may have ended since the page was let in.
    if app.db.session(&me.session)?.is_none() {
        return Ok(());
    }
    let myself = me.person(app);
    let hello = json!({
        "type": "hello",
        "platform": app.platform,
        "me": myself,
        "people": app.integration.people()?,
        "platforms": app.integration.platforms().await?,
        "conversations": app.db.conversations(&myself.id)?,
    });
    socket.send(Frame::Text(hello.to_string().into())).await?;
    let mut heartbeat = tokio::time::interval(Duration::from_secs(20));
    loop {
        tokio::select! {
            pushed = pushes.recv() => match pushed {
                Ok(pushed) if pushed.0.includes(&myself.id) => socket.send(Frame::Text(pushed.1.clone())).await?,
                Ok(_) => {}
                // Too slow to follow: it begins anew.
                Err(RecvError::Lagged(_) | RecvError::Closed) => break,
            },
            session = ended.recv() => match session {
                Ok(session) if *session != *me.session => {}
                Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed) => break,
            },
            frame = socket.recv() => if frame.transpose()?.is_none() { return Ok(()) },
            _ = heartbeat.tick() => socket.send(Frame::Ping("".into())).await?,
            () = app.live.closed() => break,
        }
    }
    socket.send(Frame::Close(None)).await?;
    Ok(())
}
