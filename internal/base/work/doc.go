// Package work runs background loops and keeps the due table: everything that waits for a time, from a playbook's timer
// to a message's delivery, is a row of it, written in the transaction that wants it.
//
// It does not know what the rows mean and sends nothing itself; whoever takes or claims a row does the work.
package work
