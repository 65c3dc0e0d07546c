use dayroom_protocol::{
    DraftKeyAsk, DraftKeyHave, DraftKeyState, DraftKeyWrap, DraftPublicKey, route,
};
use serde::Serialize;

use super::{Transport, TransportError, answer};

/// Refusals come as [`dayroom_protocol::ProblemKind::DraftKey`]: it stands otherwise by now, ask
/// how. A poke may say that it has changed.
impl Transport {
    /// Asks how the draft key of this kiosk's facility stands. It may be the answer that lets this
    /// kiosk make the key.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn draft_key(&self) -> Result<DraftKeyState, TransportError> {
        let request = self.client.get(self.url(route::DRAFT_KEY));
        let response = answer::send(request, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }

    /// Asks for the key, wrapped for `public_key`. Asking again with the same one changes nothing.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn draft_key_ask(
        &self,
        public_key: DraftPublicKey,
    ) -> Result<DraftKeyState, TransportError> {
        let ask = DraftKeyAsk { public_key };
        self.say(route::DRAFT_KEY_ASK, &ask).await
    }

    /// Says that this kiosk has made the key and holds it durably.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn draft_key_made(
        &self,
        made: &DraftKeyHave,
    ) -> Result<DraftKeyState, TransportError> {
        self.say(route::DRAFT_KEY_MADE, made).await
    }

    /// Hands the key, wrapped, to a kiosk that waits for it.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn draft_key_wrap(
        &self,
        wrap: &DraftKeyWrap,
    ) -> Result<DraftKeyState, TransportError> {
        self.say(route::DRAFT_KEY_WRAP, wrap).await
    }

    /// Says that this kiosk has unwrapped the key and holds it durably.
    ///
    /// # Errors
    /// See [`TransportError`].
    pub async fn draft_key_held(
        &self,
        held: &DraftKeyHave,
    ) -> Result<DraftKeyState, TransportError> {
        self.say(route::DRAFT_KEY_HELD, held).await
    }

    async fn say(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<DraftKeyState, TransportError> {
        let response = answer::send(self.post(path, body)?, self.deadlines).await?;
        answer::read(response, self.deadlines).await
    }
}
