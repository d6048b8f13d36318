// Package desk is the one place that decides whether, when and how a resident hears something. It asks six questions
// about every message intent (allowed, complete, fitting, new, affordable, which way and when), stores each answer in
// words with its facts, and renders the text from a template that a manager can read.
//
// It does not decide that something should be said (playbooks do), deliver mail (act/message does), answer "may we?"
// (fact/consent does) or choose who does a task (decide/assign does). It never waits: what is held comes back as a
// due row and is asked again from the first question.
package desk
