//! Registering hooks at the vendor.
//!
//! The intent is committed before the vendor is called and the outcome after, so a crash leaves a hook that is known to be
//! half registered or half removed, never one that nobody knows. `create` commits what it saved and that it has succeeded
//! at once: a hook that is not active has nothing saved, and its `create` is not repeated unless it is known to have
//! failed, or the caller says so.

use crate::error::RegisterError;
use crate::event::{Effects, EventError, observed};
use crate::intake::{Scope, Webhook};
use crate::random::Random;
use crate::runtime::{Runtime, saves, scope_key};
use crate::store::{Hook, HookStatus, HookUser, Intent, IntentAction, ScopeKey, StoreError, Write};
use crate::value::Value;
use crate::workflow::Workflow;
use std::fmt;
use tokio::sync::OwnedMutexGuard;

/// A webhook as registered.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// Where the vendor delivers. Its last segment is all that keeps others from delivering there: it is left out of
    /// `Debug`.
    pub url: String,
    /// Whether `create` ran: it does not for a workflow that joins a hook which others already use.
    pub created: bool,
    /// Whether an earlier `create` or `delete` of this hook failed or was cut off, so that the vendor may hold an older
    /// registration as well. It delivers to the same URL.
    pub recovered: bool,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, recovered, .. } = self;
        f.debug_struct("Registration").field("created", created).field("recovered", recovered).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Makes a workflow receive what a webhook gets, and registers the hook at the vendor if it is the first to.
    ///
    /// Hooks of scope `connection` and `application` are shared: `create` runs once, for the first workflow. Again for
    /// a workflow that is registered, it stores the intake's inputs anew and does nothing else.
    ///
    /// A `create` that the vendor has refused is run once more by the same call, with the same URL. One that may have
    /// succeeded is not: the process died in it, the vendor gave no answer, or it failed behind a request that succeeded
    /// and `delete` could not undo that. Then this is [`RegisterError::Unknown`], and the way on is
    /// [`register_again`](Self::register_again). Where an earlier `delete` has not succeeded, it is run again before
    /// `create`.
    ///
    /// Registrations of one hook wait for each other within a runtime and its clones; let no two processes register at once.
    ///
    /// # Errors
    /// If the runtime has no public URL, the workflow lacks the resource or account that deliveries are routed by, an
    /// earlier `create` may have succeeded, or an event or the store fails.
    pub async fn register<W: Webhook>(&self, workflow: &Workflow, webhook: &W) -> Result<Registration, RegisterError> {
        Job { runtime: self, workflow, webhook }.register(false).await
    }

    /// The same, whatever the vendor may hold already: a `create` of which it is not known whether it has succeeded is run
    /// once more, with the same URL, and a `delete` that fails does not stand in the way. If the vendor does hold an
    /// older registration, it delivers to the same URL, and `delete` does not know its id.
    ///
    /// # Errors
    /// As of [`register`](Self::register), but never [`RegisterError::Unknown`].
    pub async fn register_again<W: Webhook>(
        &self,
        workflow: &Workflow,
        webhook: &W,
    ) -> Result<Registration, RegisterError> {
        Job { runtime: self, workflow, webhook }.register(true).await
    }

    /// Runs `update`, as when the customer has changed the mapping, and stores the intake's inputs anew. Returns whether
    /// the intake has an `update`.
    ///
    /// # Errors
    /// If the webhook is not registered for the workflow, or `update` or the store fails.
    pub async fn update<W: Webhook>(&self, workflow: &Workflow, webhook: &W) -> Result<bool, RegisterError> {
        let job = Job { runtime: self, workflow, webhook };
        let user = job.user()?;
        let (owner, _turn) = job.turn().await;
        let hook = self.store().hook_of(W::META.name, &owner).await?;
        let hook = hook.filter(|hook| hook.status == HookStatus::Active);
        let users = match &hook {
            Some(hook) => self.store().hook_users(&hook.token).await?,
            None => Vec::new(),
        };
        let Some(hook) = hook.filter(|_| users.iter().any(|user| user.workflow == workflow.id())) else {
            return Err(RegisterError::NotRegistered { intake: W::META.name, workflow: workflow.id().to_owned() });
        };
        let put = Write::PutHookUser { token: hook.token.clone(), user };
        if !W::HAS_UPDATE {
            self.store().commit(vec![put]).await?;
            return Ok(false);
        }
        self.store().commit(vec![job.intend(IntentAction::Update, &hook).await?]).await?;
        let Ran { effects, result } = job.run(IntentAction::Update, &hook, None).await?;
        if let Err(error) = result {
            // It can be run again, whatever became of it.
            job.failed(&hook, &error, Vec::new()).await;
            return Err(error.into());
        }
        let mut writes = saves(W::META, workflow, effects.saved);
        writes.extend([put, Write::IntentDone { token: hook.token }]);
        self.store().commit(writes).await?;
        Ok(true)
    }

    /// Makes a workflow receive no more, and removes the hook at the vendor if it was the last to. Returns whether the
    /// hook is gone.
    ///
    /// What the workflow was routed before is still delivered. Saved data stays: other intakes may read it.
    /// If `delete` fails, or the process dies in it, the same call again runs it once more; that the vendor knows no such
    /// hook any more (404, 410) is as good as a success. A hook whose `create` has failed is forgotten without `delete`,
    /// which would lack what `create` saves.
    ///
    /// # Errors
    /// If `create` may have succeeded and what it saved is not known, or `delete` or the store fails.
    pub async fn unregister<W: Webhook>(&self, workflow: &Workflow, webhook: &W) -> Result<bool, RegisterError> {
        let job = Job { runtime: self, workflow, webhook };
        let (owner, _turn) = job.turn().await;
        let Some(hook) = self.store().hook_of(W::META.name, &owner).await? else { return Ok(false) };
        let users = self.store().hook_users(&hook.token).await?;
        let others = users.iter().any(|user| user.workflow != workflow.id());
        let leave = Write::RemoveHookUser { token: hook.token.clone(), workflow: workflow.id().to_owned() };
        match hook.status {
            HookStatus::Active if others => {
                self.store().commit(vec![leave]).await?;
                return Ok(false);
            }
            HookStatus::Creating => {
                job.known_to_have_failed(&hook).await?;
                self.store().commit(vec![Write::RemoveHook { token: hook.token }]).await?;
                return Ok(true);
            }
            HookStatus::Active | HookStatus::Deleting => {}
        }
        let deleting = Hook { status: HookStatus::Deleting, ..hook.clone() };
        let intend = job.intend(IntentAction::Delete, &hook).await?;
        // The intent first: it fails if the hook is gone meanwhile, which is then not put back.
        match self.store().commit(vec![leave, intend, Write::PutHook(deleting)]).await {
            Err(StoreError::UnknownHook) => return Ok(false),
            committed => committed?,
        }
        let mut writes = job.delete(&hook).await?;
        writes.push(Write::RemoveHook { token: hook.token });
        self.store().commit(writes).await?;
        tracing::info!(app = W::META.app.name, intake = W::META.name, workflow = workflow.id(), "hook removed");
        Ok(true)
    }

    /// Forgets a hook without calling the vendor, which may hold it. Its deliveries that are not yet routed are kept as
    /// undeliverable. Whether there was such a hook.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn drop_hook(&self, intake: &str, owner: &ScopeKey) -> Result<bool, StoreError> {
        let Some(hook) = self.store().hook_of(intake, owner).await? else { return Ok(false) };
        self.store().commit(vec![Write::RemoveHook { token: hook.token }]).await?;
        Ok(true)
    }

    pub(crate) fn webhook_url(&self, token: &str) -> Option<String> {
        self.inner.public_url.as_ref().map(|base| format!("{base}/{token}"))
    }
}

/// An event that was run.
struct Ran {
    effects: Effects,
    result: Result<(), EventError>,
}

/// A registration under way.
struct Job<'a, W> {
    runtime: &'a Runtime,
    workflow: &'a Workflow,
    webhook: &'a W,
}

impl<W: Webhook> Job<'_, W> {
    /// Waits until no other job is at the same hook.
    async fn turn(&self) -> (ScopeKey, OwnedMutexGuard<()>) {
        let owner = scope_key(W::META.app.name, W::SCOPE, self.workflow);
        let turn = self.runtime.inner.registrations.wait((W::META.name, owner.clone())).await;
        (owner, turn)
    }

    fn user(&self) -> Result<HookUser, RegisterError> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let inputs = serde_json::to_string(self.webhook)
            .map_err(|source| RegisterError::Inputs { intake: W::META.name, source })?;
        Ok(HookUser {
            workflow: self.workflow.id().to_owned(),
            connection: self.workflow.connection_id().to_owned(),
            account: owned(self.workflow.account_id()),
            resource: owned(self.workflow.resource_id()),
            subdomain: owned(self.workflow.subdomain()),
            inputs,
        })
    }

    /// Registers; `again`, whatever the vendor may hold.
    async fn register(&self, again: bool) -> Result<Registration, RegisterError> {
        let Self { runtime, workflow, .. } = self;
        if runtime.inner.public_url.is_none() {
            return Err(RegisterError::NoPublicUrl);
        }
        routable::<W>(workflow)?;
        let user = self.user()?;
        let (owner, _turn) = self.turn().await;
        let present = runtime.store().hook_of(W::META.name, &owner).await?;
        let url = |hook: &Hook| runtime.webhook_url(&hook.token).unwrap_or_default();
        let recovered = present.is_some();
        let hook = match present {
            None => Hook {
                token: token(&runtime.inner.random)?,
                intake: W::META.name.to_owned(),
                owner,
                status: HookStatus::Creating,
            },
            Some(hook) => {
                match hook.status {
                    HookStatus::Active => {
                        let put = Write::PutHookUser { token: hook.token.clone(), user };
                        runtime.store().commit(vec![put]).await?;
                        return Ok(Registration { url: url(&hook), created: false, recovered: false });
                    }
                    HookStatus::Creating if again => {}
                    HookStatus::Creating => self.known_to_have_failed(&hook).await?,
                    HookStatus::Deleting => self.delete_again(&hook, again).await?,
                }
                hook
            }
        };
        self.create(&hook, user).await?;
        tracing::info!(app = W::META.app.name, intake = W::META.name, workflow = workflow.id(), "hook created");
        Ok(Registration { url: url(&hook), created: true, recovered })
    }

    /// Commits the intent, runs `create`, commits the outcome. The user is there from the first: many vendors call the
    /// URL, and want it verified, before they answer.
    async fn create(&self, hook: &Hook, user: HookUser) -> Result<(), RegisterError> {
        let store = self.runtime.store();
        let mut writes = vec![Write::PutHook(Hook { status: HookStatus::Creating, ..hook.clone() })];
        // Whoever is there did not get to the end of an earlier try.
        for earlier in store.hook_users(&hook.token).await? {
            writes.push(Write::RemoveHookUser { token: hook.token.clone(), workflow: earlier.workflow });
        }
        writes.push(Write::PutHookUser { token: hook.token.clone(), user });
        writes.push(self.intend(IntentAction::Create, hook).await?);
        store.commit(writes).await?;
        let leave = || Write::RemoveHookUser { token: hook.token.clone(), workflow: self.workflow.id().to_owned() };
        let Ran { effects, result } = self.run(IntentAction::Create, hook, None).await?;
        let Err(error) = result else { return self.created(hook, effects, leave()).await };
        if !effects.changed || self.undo(hook, &effects).await {
            self.failed(hook, &error, vec![leave()]).await;
        } else {
            tracing::error!(
                intake = W::META.name,
                "`create` failed, and whether the vendor holds the hook is not known: `Runtime::inspect` lists it"
            );
            self.commit_outcome(vec![leave()]).await;
        }
        Err(error.into())
    }

    /// Commits that `create` has succeeded; if that fails, undoes it.
    async fn created(&self, hook: &Hook, effects: Effects, leave: Write) -> Result<(), RegisterError> {
        let store = self.runtime.store();
        let (intake, token) = (W::META.name, || hook.token.clone());
        let mut writes = saves(W::META, self.workflow, effects.saved.clone());
        writes.push(Write::PutHook(Hook { status: HookStatus::Active, ..hook.clone() }));
        writes.push(Write::IntentDone { token: token() });
        let Err(source) = store.commit(writes).await else { return Ok(()) };
        // The failure can be in the answer only. While the store does not tell, nothing is undone: an active hook that
        // the vendor does not hold is one that nobody would miss.
        match store.hook(&hook.token).await {
            Ok(Some(stored)) if stored.status == HookStatus::Active => Ok(()),
            Ok(_) if self.undo(hook, &effects).await => {
                let failure = "what it saved could not be stored, and it was undone".to_owned();
                self.commit_outcome(vec![Write::IntentFailed { token: token(), failure }, leave]).await;
                Err(RegisterError::Undone { intake, source })
            }
            Ok(_) | Err(_) => {
                tracing::error!(
                    intake,
                    "the hook was created and could not be stored, and was not undone: `Runtime::inspect` lists it"
                );
                Err(source.into())
            }
        }
    }

    /// Runs `delete` with what `create` has saved; whether the vendor holds no hook for sure. If `create` has saved
    /// nothing, `delete` might meet what an earlier one has saved, and is not run.
    async fn undo(&self, hook: &Hook, created: &Effects) -> bool {
        if !W::HAS_DELETE || created.saved.is_empty() {
            return false;
        }
        let undone = match self.run(IntentAction::Delete, hook, Some(created)).await {
            Ok(Ran { result, .. }) => result.or_else(|error| if error.is_gone() { Ok(()) } else { Err(error) }),
            Err(error) => {
                tracing::error!(intake = W::META.name, %error, "`create` could not be undone");
                return false;
            }
        };
        if let Err(error) = &undone {
            tracing::error!(intake = W::META.name, %error, "`create` could not be undone: `delete` failed");
        }
        undone.is_ok()
    }

    /// Runs `delete`, its intent being committed: what is to be committed with it.
    async fn delete(&self, hook: &Hook) -> Result<Vec<Write>, RegisterError> {
        let intake = W::META.name;
        if !W::HAS_DELETE {
            tracing::warn!(intake, "the intake has no `delete`: the vendor goes on delivering, to no one");
            return Ok(Vec::new());
        }
        let Ran { effects, result } = self.run(IntentAction::Delete, hook, None).await?;
        match result {
            Ok(()) => Ok(saves(W::META, self.workflow, effects.saved)),
            Err(error) if error.is_gone() => {
                tracing::info!(intake, "the vendor has no such hook any more: it counts as deleted");
                Ok(Vec::new())
            }
            Err(error) => {
                self.failed(hook, &error, Vec::new()).await;
                Err(error.into())
            }
        }
    }

    /// Ends a `delete` that was cut off or failed.
    async fn delete_again(&self, hook: &Hook, forgiving: bool) -> Result<(), RegisterError> {
        let store = self.runtime.store();
        store.commit(vec![self.intend(IntentAction::Delete, hook).await?]).await?;
        match self.delete(hook).await {
            Ok(writes) => Ok(store.commit(writes).await?),
            Err(RegisterError::Event(error)) if forgiving => {
                tracing::warn!(intake = W::META.name, %error, "`delete` failed again: the vendor may hold the hook twice");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// An error unless the hook's `create` is known to have failed.
    async fn known_to_have_failed(&self, hook: &Hook) -> Result<(), RegisterError> {
        let intent = self.runtime.store().intent(&hook.token).await?;
        if intent.as_ref().is_some_and(|intent| intent.failure.is_some()) {
            return Ok(());
        }
        let since = intent.as_ref().map(|intent| intent.since);
        let workflow = intent.map_or_else(|| self.workflow.id().to_owned(), |intent| intent.workflow);
        Err(RegisterError::Unknown { intake: W::META.name, workflow, since })
    }

    /// Writes down what the vendor is about to be asked for.
    async fn intend(&self, action: IntentAction, hook: &Hook) -> Result<Write, StoreError> {
        let earlier = self.runtime.store().intent(&hook.token).await?.filter(|earlier| earlier.action == action);
        let (since, attempt) = earlier.map_or((self.runtime.now(), 1), |earlier| (earlier.since, earlier.attempt + 1));
        let (token, workflow) = (hook.token.clone(), self.workflow.id().to_owned());
        Ok(Write::Intend(Intent { token, workflow, action, since, attempt, failure: None }))
    }

    /// Commits that what was intended has failed.
    async fn failed(&self, hook: &Hook, error: &EventError, more: Vec<Write>) {
        let failed = Write::IntentFailed { token: hook.token.clone(), failure: error.outline() };
        self.commit_outcome(std::iter::once(failed).chain(more).collect()).await;
    }

    /// Commits an outcome. If it cannot be, the outcome is unknown, and listed as such.
    async fn commit_outcome(&self, writes: Vec<Write>) {
        if let Err(error) = self.runtime.store().commit(writes).await {
            tracing::error!(intake = W::META.name, %error, "the outcome of a registration could not be stored");
        }
    }

    /// Runs an event; it sees what `before` has saved.
    async fn run(&self, action: IntentAction, hook: &Hook, before: Option<&Effects>) -> Result<Ran, StoreError> {
        let (url, name) = (self.runtime.webhook_url(&hook.token), action.as_str());
        let mut event = self.runtime.event(W::META, name, self.workflow, Value::NULL, url).await?;
        if let Some(before) = before {
            event.see(&before.saved);
        }
        let run = async {
            match action {
                IntentAction::Create => self.webhook.create(&mut event).await,
                IntentAction::Update => self.webhook.update(&mut event).await,
                IntentAction::Delete => self.webhook.delete(&mut event).await,
            }
        };
        let result = observed(W::META, name, run).await.map(drop);
        Ok(Ran { effects: event.into_effects(), result })
    }
}

/// A shared hook's deliveries find a workflow by its resource, and an application's by its account.
fn routable<W: Webhook>(workflow: &Workflow) -> Result<(), RegisterError> {
    let missing = if W::SCOPE != Scope::Workflow && W::HAS_RESOURCE_ID && workflow.resource_id().is_none() {
        "resource"
    } else if W::SCOPE == Scope::Application && W::HAS_ACCOUNT_ID && workflow.account_id().is_none() {
        "account"
    } else {
        return Ok(());
    };
    let workflow = workflow.id().to_owned();
    Err(RegisterError::Unroutable { what: missing, intake: W::META.name, scope: W::SCOPE, workflow })
}

/// 32 random bytes in hex.
fn token(random: &Random) -> Result<String, RegisterError> {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes).map_err(|error| RegisterError::Random(error.into()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
