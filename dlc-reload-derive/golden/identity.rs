#[automatically_derived]
impl __private::IdentifiedBy<14176396743819860870u64> for Upstream {
    type Identity = String;
}
