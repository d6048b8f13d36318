// Package bench measures Hearth on the machine it runs on: the program as a process of its own under HTTP load,
// beside the bare store that writes the same rows, so that each figure says how far the program is from what the disk
// and the processor would give.
//
// It judges by the aims it is told and changes nothing of what it measures. All traffic stays on loopback, and what it
// writes lies in a directory of its own, which is removed at the end.
package bench
