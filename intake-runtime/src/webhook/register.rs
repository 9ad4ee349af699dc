//! Registering hooks at the vendor.
//!
//! The intent is committed before the vendor is called and the result after, so a crash leaves a hook that is known to be
//! half registered or half removed, never one that nobody knows.

use crate::error::RegisterError;
use crate::event::{Effects, observed};
use crate::intake::{Scope, Webhook};
use crate::runtime::{Runtime, saves, scope_key};
use crate::store::{Hook, HookStatus, HookUser, ScopeKey, StoreError, Write};
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
    /// If `create` fails, or the process dies in it, the vendor may or may not have the hook. The same call again runs
    /// `create` once more with the same URL and says so ([`Registration::recovered`]). Where `delete` was cut off, it is
    /// tried again before that.
    ///
    /// Registrations of one hook wait for each other within a runtime and its clones; let no two processes register at once.
    ///
    /// # Errors
    /// If the runtime has no public URL, the workflow lacks the resource or account that deliveries are routed by, or
    /// `create` or the store fails.
    pub async fn register<W: Webhook>(&self, workflow: &Workflow, webhook: &W) -> Result<Registration, RegisterError> {
        if self.inner.public_url.is_none() {
            return Err(RegisterError::NoPublicUrl);
        }
        routable::<W>(workflow)?;
        let job = Job { runtime: self, workflow, webhook };
        let user = job.user()?;
        let (owner, _turn) = job.turn().await;
        let present = self.store().hook_of(W::META.name, &owner).await?;
        let url = |hook: &Hook| self.webhook_url(&hook.token).unwrap_or_default();
        if let Some(hook) = present.as_ref().filter(|hook| hook.status == HookStatus::Active) {
            self.store().commit(vec![Write::PutHookUser { token: hook.token.clone(), user }]).await?;
            return Ok(Registration { url: url(hook), created: false, recovered: false });
        }
        let recovered = present.is_some();
        let hook = match present {
            None => Hook { token: token()?, intake: W::META.name.to_owned(), owner, status: HookStatus::Creating },
            Some(hook) => job.recover(hook).await?,
        };
        job.create(&hook, user).await?;
        tracing::info!(app = W::META.app.name, intake = W::META.name, workflow = workflow.id(), "hook created");
        Ok(Registration { url: url(&hook), created: true, recovered })
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
        let mut writes = Vec::new();
        if W::HAS_UPDATE {
            writes = job.event(Step::Update, &hook).await?;
        }
        writes.push(Write::PutHookUser { token: hook.token, user });
        self.store().commit(writes).await?;
        Ok(W::HAS_UPDATE)
    }

    /// Makes a workflow receive no more, and removes the hook at the vendor if it was the last to. Returns whether the
    /// hook is gone.
    ///
    /// What the workflow was routed before is still delivered. Saved data stays: other intakes may read it.
    /// If `delete` fails, or the process dies in it, the same call again runs it once more. A hook whose `create` never
    /// succeeded is forgotten without `delete`, which would lack what `create` saves.
    ///
    /// # Errors
    /// If `delete` or the store fails.
    pub async fn unregister<W: Webhook>(&self, workflow: &Workflow, webhook: &W) -> Result<bool, RegisterError> {
        let job = Job { runtime: self, workflow, webhook };
        let (owner, _turn) = job.turn().await;
        let Some(hook) = self.store().hook_of(W::META.name, &owner).await? else { return Ok(false) };
        let users = self.store().hook_users(&hook.token).await?;
        let (own, others): (Vec<_>, Vec<_>) = users.into_iter().partition(|user| user.workflow == workflow.id());
        let leave = Write::RemoveHookUser { token: hook.token.clone(), workflow: workflow.id().to_owned() };
        match hook.status {
            HookStatus::Active if !others.is_empty() => {
                self.store().commit(vec![leave]).await?;
                return Ok(false);
            }
            HookStatus::Active if own.is_empty() => return Ok(false),
            HookStatus::Active => {
                let hook = Hook { status: HookStatus::Deleting, ..hook.clone() };
                self.store().commit(vec![leave, Write::PutHook(hook)]).await?;
            }
            HookStatus::Creating => {
                tracing::warn!(
                    intake = W::META.name,
                    "forgetting a hook whose `create` never succeeded: the vendor may hold it"
                );
                self.store().commit(vec![Write::RemoveHook { token: hook.token }]).await?;
                return Ok(true);
            }
            HookStatus::Deleting => {}
        }
        let mut writes = Vec::new();
        if W::HAS_DELETE {
            writes = job.event(Step::Delete, &hook).await?;
        } else {
            tracing::warn!(
                intake = W::META.name,
                "the intake has no `delete`: the vendor goes on delivering, to no one"
            );
        }
        writes.push(Write::RemoveHook { token: hook.token });
        self.store().commit(writes).await?;
        tracing::info!(app = W::META.app.name, intake = W::META.name, workflow = workflow.id(), "hook removed");
        Ok(true)
    }

    pub(crate) fn webhook_url(&self, token: &str) -> Option<String> {
        self.inner.public_url.as_ref().map(|base| format!("{base}/{token}"))
    }
}

#[derive(Clone, Copy)]
enum Step {
    Create,
    Update,
    Delete,
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

    /// Commits the intent, runs `create`, commits the result. The user is there from the first: many vendors call the
    /// URL, and want it verified, before they answer.
    async fn create(&self, hook: &Hook, user: HookUser) -> Result<(), RegisterError> {
        let store = self.runtime.store();
        let creating = Hook { status: HookStatus::Creating, ..hook.clone() };
        let mut intent = vec![Write::PutHook(creating)];
        // Whoever is there did not get to the end of an earlier try.
        for earlier in store.hook_users(&hook.token).await? {
            intent.push(Write::RemoveHookUser { token: hook.token.clone(), workflow: earlier.workflow });
        }
        intent.push(Write::PutHookUser { token: hook.token.clone(), user });
        store.commit(intent).await?;
        match self.event(Step::Create, hook).await {
            Ok(mut writes) => {
                writes.push(Write::PutHook(Hook { status: HookStatus::Active, ..hook.clone() }));
                Ok(store.commit(writes).await?)
            }
            Err(error) => {
                let workflow = self.workflow.id().to_owned();
                let leave = Write::RemoveHookUser { token: hook.token.clone(), workflow };
                if let Err(error) = store.commit(vec![leave]).await {
                    tracing::warn!(intake = W::META.name, %error, "`create` failed, and its workflow is still listed");
                }
                Err(error)
            }
        }
    }

    /// A hook whose `create` or `delete` did not succeed, ready for `create`.
    async fn recover(&self, hook: Hook) -> Result<Hook, StoreError> {
        let intake = W::META.name;
        tracing::warn!(intake, "an earlier `create` or `delete` of the hook was cut off: the vendor may hold it twice");
        if hook.status == HookStatus::Deleting && W::HAS_DELETE {
            match self.event(Step::Delete, &hook).await {
                Ok(writes) => self.runtime.store().commit(writes).await?,
                Err(RegisterError::Store(error)) => return Err(error),
                Err(error) => tracing::warn!(intake, %error, "`delete` failed again"),
            }
        }
        Ok(hook)
    }

    /// Runs an event: what is to be committed with it.
    async fn event(&self, step: Step, hook: &Hook) -> Result<Vec<Write>, RegisterError> {
        let name = match step {
            Step::Create => "create",
            Step::Update => "update",
            Step::Delete => "delete",
        };
        let url = self.runtime.webhook_url(&hook.token);
        let mut event = self.runtime.event(W::META, name, self.workflow, Value::NULL, url).await?;
        let run = async {
            match step {
                Step::Create => self.webhook.create(&mut event).await,
                Step::Update => self.webhook.update(&mut event).await,
                Step::Delete => self.webhook.delete(&mut event).await,
            }
        };
        observed(W::META, name, run).await?;
        let Effects { saved, .. } = event.into_effects();
        Ok(saves(W::META, self.workflow, saved))
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
fn token() -> Result<String, RegisterError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| RegisterError::Random(error.into()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
