/** Kysely's view of the tables in sql/. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the store
export interface Database {}
