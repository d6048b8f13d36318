// Package trigger is the decision follower: it reads the log partition by partition, folds events into signals, finds
// the playbooks that start, carries runs on when their time or event comes, and commits everything that follows from a
// batch (states, runs, tasks, message intents, decisions, timers) in one transaction with its position in the log.
//
// It decides that something starts and when; what a playbook does is playbook's, whether a message may go is desk's,
// who gets a task is assign's. Nothing here reaches outside the database.
package trigger
