// Package playbook reads playbooks and walks residents through them: a playbook is a YAML text that a manager can
// read, a Program is its checked form, a Run is one resident's passage through one version of it.
//
// It does not decide when a playbook starts (trigger does), whether a message may go (desk does) or who gets a task
// (assign does): advancing a run yields the wishes, and the caller carries them out in its transaction.
package playbook
