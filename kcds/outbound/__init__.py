"""Calls to other servers, guarded: only listed places, checked addresses, no redirects, bounded size, one deadline."""
