// Package record keeps what is true now: properties, buildings, units, households, residents, leases with their
// terms, the staff, preferences, and the names that other systems use for all of these. Each call compares what it is
// told with what is stored, writes only the differences and appends the event that says so, in one transaction.
//
// It does not read files (edge/ingest does), does not judge whether a message may be sent (consent does), and decides
// nothing: whoever wants to act on a change follows the log.
package record
