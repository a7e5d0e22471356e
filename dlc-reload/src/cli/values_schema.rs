//! `values-schema`: the schema of the values of a Helm chart that mounts the configuration.

use super::{
    context::Context,
    exit::Exit,
    printed::PrintArgs,
    shared::failure::{Failure, Fault},
};
use crate::{
    schema::{file_schema, values_schema},
    section::Reloadable,
};

/// The arguments of `values-schema`.
#[derive(Debug, clap::Args)]
pub(super) struct ValuesSchemaArgs {
    /// The key of the values below which the configuration stands
    #[arg(long, value_name = "KEY", default_value = "config")]
    at: String,
    #[command(flatten)]
    to: PrintArgs,
}

pub(super) fn run<C: Reloadable>(
    args: &ValuesSchemaArgs,
    context: &Context<'_, C>,
) -> Result<Exit, Failure> {
    let values = values_schema(&file_schema::<C>(), &args.at);
    let text = serde_json::to_string_pretty(values.as_value());
    let text = text.map_err(|error| Failure::new(Fault::Output, error.to_string()))?;
    let asks = match args.at.as_str() {
        "config" => "values-schema".to_owned(),
        at => format!("values-schema --at {at}"),
    };
    args.to.put(&(text + "\n"), &asks, context)
}
