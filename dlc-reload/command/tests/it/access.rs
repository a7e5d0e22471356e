//! The address and the token, and what is said where one is wrong.

use std::{fs, os::unix::fs::PermissionsExt};

use axum::{Router, http::StatusCode, response::Redirect, routing::get};

use crate::service::{OPERATE, READ, Service, command, private, run, text};

#[test]
fn a_wrong_token_and_a_wrong_role_are_told() {
    let service = Service::start();
    let file = service.directory.path().join("wrong");
    private(&file, "not-the-token-of-anybody");
    let ran = service.run(&["status", "--token-file", file.to_str().unwrap()]);
    ran.says(6, &["does not let you: the token is not known, or is revoked"]);
    assert!(!ran.err.contains("not-the-token-of-anybody"), "{ran:?}");

    let reader = service.directory.path().join("reader");
    let reader = reader.to_str().unwrap();
    service.run(&["status", "--token-file", reader]).exits(0);
    service.source.write(text("info", 8, 1, 8080));
    let ran = service.run(&["reload", "--yes", "--token-file", reader]);
    ran.says(6, &["`rita` has the role `read`, and this needs `operate`"]);
    let ran = service.run(&["reload", "--yes", "--json", "--token-file", reader]);
    assert_eq!(ran.json(6)["type"], "urn:dlc-reload:wrong-role");
    assert_eq!(service.reloader.status().generation, 1);
}

#[test]
fn the_token_is_in_a_file_that_nobody_else_reads_or_in_the_environment() {
    let service = Service::start();
    let without = || {
        let mut command = service.command(&["status"]);
        command.env_remove("DLC_RELOAD_TOKEN_FILE");
        command
    };
    run(&mut without()).says(64, &["no token: give `--token-file FILE`"]);
    run(without().env("DLC_RELOAD_TOKEN", OPERATE)).exits(0);
    run(without().env("DLC_RELOAD_TOKEN", format!("{READ}\n"))).exits(0);
    run(without().env("DLC_RELOAD_TOKEN", format!("{OPERATE} two"))).says(64, &["one word"]);

    fs::set_permissions(service.token(), fs::Permissions::from_mode(0o640)).unwrap();
    service
        .run(&["status"])
        .says(64, &["others may read the token in", "its mode is 0640", "chmod 600"]);
    fs::set_permissions(service.token(), fs::Permissions::from_mode(0o400)).unwrap();
    service.run(&["status"]).exits(0);
    private(&service.token(), "");
    service.run(&["status"]).says(64, &["holds no token"]);
    let absent = service.directory.path().join("absent");
    let ran = service.run(&["status", "--token-file", absent.to_str().unwrap()]);
    ran.says(64, &["cannot read the token in", "No such file"]);
}

/// A proxy would see the token, and would look for the service on its own machine.
#[test]
fn a_proxy_is_for_other_machines() {
    let service = Service::start();
    let proxied = |url: &str| {
        let mut command = service.command(&["status", "--url", url]);
        run(command.env("HTTP_PROXY", "http://127.0.0.1:1").env("http_proxy", "http://127.0.0.1:1"))
    };
    proxied(&service.url()).exits(0);
    proxied(&service.url().replace("127.0.0.1", "localhost")).exits(0);
    proxied("http://192.0.2.1/admin")
        .says(6, &["cannot reach", "for everybody to read: use `https`"]);
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let service = Service::start();
    service
        .run(&["status", "--url", "http://host.invalid/admin"])
        .says(6, &["cannot reach http://host.invalid/admin"]);
    for (url, words) in [
        ("127.0.0.1:8080", "`--url`"),
        ("ftp://127.0.0.1", "begins with neither"),
        ("http://olga:secret-word@127.0.0.1/", "has a user name or a password"),
        ("http://127.0.0.1/?a=b", "has a query"),
    ] {
        let ran = service.run(&["status", "--url", url]);
        ran.says(64, &[words]);
        assert!(!ran.err.contains("secret-word"), "{ran:?}");
    }
    run(service.command(&["status"]).env_remove("DLC_RELOAD_URL"))
        .says(64, &["no service: give `--url"]);
    // The path of something else.
    let elsewhere = format!("http://{}/metrics", service.address);
    service
        .run(&["status", "--url", &elsewhere])
        .says(6, &["answers with the status 404, and not as the admin API does"]);
    // Bound, so that no other test gets the port, and without a listener.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/admin", nobody.local_addr().unwrap());
    service
        .run(&["status", "--url", &url])
        .says(6, &["cannot reach", "onnection refused", "does the service run"]);
}

/// A token goes to no other address, and what is no answer of the API is not printed.
#[test]
fn what_is_no_admin_api_is_not_trusted() {
    let service = Service::start();
    let elsewhere = service.url();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let redirect = Redirect::temporary(&format!("{elsewhere}/status"));
    let page = (StatusCode::BAD_GATEWAY, "\u{1b}[2J<html>");
    let json = [("content-type", "application/json")];
    let app = Router::new()
        .route("/moved/status", get(async || redirect))
        .route("/page/status", get(async move || page))
        .route("/json/status", get(async move || (json, "{\"generation\": \"\u{1b}\"}")))
        .route("/other/status", get(async move || (json, "{\"a\":1}")));
    runtime.spawn(async move { axum::serve(listener, app).await });
    for (path, words) in [
        ("moved", "answers with the status 307"),
        ("page", "answers with the status 502"),
        ("json", "answers with the status 200, and not as the admin API does"),
        ("other", "cannot read the answer, which may be that of a newer service"),
    ] {
        let ran = service.run(&["status", "--url", &format!("http://{address}/{path}")]);
        ran.says(6, &[words]);
        assert!(ran.out.is_empty() && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
}

#[test]
fn a_wrong_command_line_has_a_code_of_its_own() {
    for arguments in
        [&[][..], &["nope"], &["diff", "1"], &["override", "rate", "1"], &["status", "--nope"]]
    {
        let ran = run(&mut command(arguments));
        assert_eq!((ran.code, &*ran.out), (64, ""), "{arguments:?}");
        assert!(ran.err.contains("Usage"), "{ran:?}");
    }
    run(&mut command(&["--version"])).says(0, &["dlc-reload 0."]);
}
