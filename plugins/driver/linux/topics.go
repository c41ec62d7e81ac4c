package linux

// topics are all parts of a host, in the order in which they are read.
var topics = []topic{}
