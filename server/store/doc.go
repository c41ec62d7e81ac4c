// Package store keeps what the server knows: deliveries as they came, the current state of every finding, the inventory, who may
// report and who may look, sweeps and their accounting, and the audit log.
//
// One implementation over database/sql serves SQLite and PostgreSQL with one SQL text; store/sqlite and store/postgres open it. The
// interfaces here are by use: a consumer takes the ones it needs. What a caller is told was accepted is durable.
//
// It judges nothing, checks no right and speaks to nobody: who may deliver for which target, and who may change what, is decided by
// its callers. What a change needs besides is an Entry for the audit log, which commits with the change or not at all.
package store
