// The one source of the libraries that bear the names of libtorch's files: all they have is what they need, the shim.
