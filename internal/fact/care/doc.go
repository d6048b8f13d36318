// Package care keeps what asks for care: situations that a person has set for a resident (bereavement, hospital, away,
// dispute, death) with an end date and a sealed reason, and pauses of a playbook, a property, a resident, a channel or
// everything.
//
// It does not decide what follows from them (decide does). All that it tells others about a situation is that there is
// one: kind and reason are closed to all but who set it and the roles allowed.
package care
