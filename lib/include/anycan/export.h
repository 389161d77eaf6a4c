/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the shared library shows to others. Everything is built with -fvisibility=hidden; each
 * public declaration carries ANYCAN_API.
 */
#ifndef ANYCAN_EXPORT_H
#define ANYCAN_EXPORT_H

#if defined(_WIN32) && defined(ANYCAN_BUILD_DLL)
#define ANYCAN_API __declspec(dllexport)
#elif defined(__GNUC__)
#define ANYCAN_API __attribute__((visibility("default")))
#else
#define ANYCAN_API
#endif

#endif
