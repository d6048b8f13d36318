// Package ingest is how facts come in: files that other systems export, and events that programs send. It reads, checks,
// says whom and what a fact is about, and hands it to the record or the log that it belongs to.
//
// It owns no truth: what changes a record goes through that record's own call, and nothing here decides what should
// happen next. It opens no listener; edge/api and the command line do.
package ingest
