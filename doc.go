// Package hearth is the vocabulary that several areas speak: identities, events, classes of message, errors and
// clocks. It holds types and pure rules, imports nothing but the standard library, and does nothing by itself.
//
// The words are those of a residential community: a property has buildings and units, a household of residents
// holds a lease over one or more terms, staff members own tasks, and everything that happens is an event.
package hearth
