// Package trial plays a playbook over what was recorded before it is switched on: the same engine, desk and stores work
// in a copy of a community, on a clock of their own, and the report says what would have started, been said and been
// asked of people, for whom and why.
//
// It writes nothing to the community that it is tried on and sends nothing. It holds no rule of its own about triggers,
// messages or owners: whatever the engine decides in the copy is what the report tells. What a copy cannot know (how
// people would have answered a message that they never got) the report says as well.
package trial
