// A client of a simulator that runs inside the example.
async fn simulated()
-> Result<(partner_center_simulator::Simulator, partner_center::Client), Box<dyn std::error::Error>> {
    use partner_center::{Client, Config, RefreshTokenStore, StoreFuture};
    use secrecy::SecretString;
    use std::sync::{Arc, Mutex};

    struct Memory(Mutex<SecretString>);
    impl RefreshTokenStore for Memory {
        fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
            Box::pin(async { Ok(self.0.lock().ok().map(|token| token.clone())) })
        }
        fn save(&self, new: SecretString) -> StoreFuture<'_, ()> {
            Box::pin(async move {
                if let Ok(mut token) = self.0.lock() {
                    *token = new;
                }
                Ok(())
            })
        }
    }

    let simulator = partner_center_simulator::Simulator::start_with(partner_center_simulator::Options::default()).await?;
    let known = simulator.credentials();
    let url = simulator.url();
    let config = Config::new(&url, &url, known.tenant_id, known.client_id, known.client_secret.into());
    let store = Memory(Mutex::new(known.refresh_token.into()));
    Ok((simulator, Client::new(config, Arc::new(store))?))
}
