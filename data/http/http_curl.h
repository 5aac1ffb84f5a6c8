/*
 * libcurl, loaded when it is first needed. Linked in the ordinary way it brings thirty libraries along (TLS, LDAP, Kerberos …), which a local file never calls, and which cost
 * every start ten milliseconds: more than all the rest of it. So a machine without libcurl still shows local files.
 *
 * The functions keep their names: code that uses them reads as curl's manual does. Nothing may be called before curl_load() has succeeded once.
 */
#pragma once

#include "data/base/err.h"

#include <curl/curl.h>

/* Macros of its own stand where these names are, to check the types of what is passed. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#undef curl_share_setopt

/* X(the name behind "curl_") */
#define CURL_FUNCTIONS(X)                                                                                    \
    X(global_init)                                                                                           \
    X(easy_init)                                                                                             \
    X(easy_cleanup)                                                                                          \
    X(easy_setopt)                                                                                           \
    X(easy_getinfo)                                                                                          \
    X(easy_strerror)                                                                                         \
    X(multi_init)                                                                                            \
    X(multi_cleanup)                                                                                         \
    X(multi_setopt)                                                                                          \
    X(multi_add_handle)                                                                                      \
    X(multi_remove_handle)                                                                                   \
    X(multi_perform)                                                                                         \
    X(multi_poll)                                                                                            \
    X(multi_wakeup)                                                                                          \
    X(multi_info_read)                                                                                       \
    X(share_init)                                                                                            \
    X(share_cleanup)                                                                                         \
    X(share_setopt)                                                                                          \
    X(slist_append)                                                                                          \
    X(slist_free_all)                                                                                        \
    X(url)                                                                                                   \
    X(url_cleanup)                                                                                           \
    X(url_get)                                                                                               \
    X(url_set)                                                                                               \
    X(free)                                                                                                  \
    X(getdate)

struct curl_functions {
#define X(name) __typeof__(&curl_##name) name;
    CURL_FUNCTIONS(X)
#undef X
};

/* Any thread, any number of times. ERR_UNSUPPORTED: it is not there, or too old; what to install. */
MUST_USE enum err_code curl_load(struct err *err);
const struct curl_functions *curl_functions(void);

#define curl_easy_init (curl_functions()->easy_init)
#define curl_easy_cleanup (curl_functions()->easy_cleanup)
#define curl_easy_setopt (curl_functions()->easy_setopt)
#define curl_easy_getinfo (curl_functions()->easy_getinfo)
#define curl_easy_strerror (curl_functions()->easy_strerror)
#define curl_multi_init (curl_functions()->multi_init)
#define curl_multi_cleanup (curl_functions()->multi_cleanup)
#define curl_multi_setopt (curl_functions()->multi_setopt)
#define curl_multi_add_handle (curl_functions()->multi_add_handle)
#define curl_multi_remove_handle (curl_functions()->multi_remove_handle)
#define curl_multi_perform (curl_functions()->multi_perform)
#define curl_multi_poll (curl_functions()->multi_poll)
#define curl_multi_wakeup (curl_functions()->multi_wakeup)
#define curl_multi_info_read (curl_functions()->multi_info_read)
#define curl_share_init (curl_functions()->share_init)
#define curl_share_cleanup (curl_functions()->share_cleanup)
#define curl_share_setopt (curl_functions()->share_setopt)
#define curl_slist_append (curl_functions()->slist_append)
#define curl_slist_free_all (curl_functions()->slist_free_all)
#define curl_url (curl_functions()->url)
#define curl_url_cleanup (curl_functions()->url_cleanup)
#define curl_url_get (curl_functions()->url_get)
#define curl_url_set (curl_functions()->url_set)
#define curl_free (curl_functions()->free)
#define curl_getdate (curl_functions()->getdate)
