//! Files that values name, `${file:path}`, which take part like any other.

use std::fs;

use dlc_reload::Loader;

use super::harness::Service;
use crate::fixture::Dir;

#[test]
fn point_11_a_file_that_a_value_names_is_watched() {
    let dir = Dir::new();
    let path =
        dir.write("config.yaml", "number: ${file:values/number}\ntext: ${file:values/text}\n");
    dir.write("values/number", "1\n");
    let text = dir.write("values/text", "hello");
    let service = Service::start(Loader::new().file(&path).interpolate());
    assert_eq!(service.number(), 1);

    // The file with the value stays as it is.
    dir.write("values/number", "2\n");
    let report = service.expect_applied(2);
    assert!(report.to_string().contains("values/number"), "{report}");
    let row = &report.changes()[0];
    assert_eq!((row.key.to_string(), row.origin.line), ("number".to_owned(), Some(1)));
    assert_eq!(row.origin.source.as_ref(), path.display().to_string());

    // Its content decides, and not that it was written.
    service.expect_compared(|| drop(dir.write("values/number", "2\n")));
    service.expect_nothing_more();

    fs::rename(&text, dir.join("values/aside")).unwrap();
    service.expect_rejected("text: `${file:values/text}` (");
    fs::rename(dir.join("values/aside"), &text).unwrap();
    service.expect_unchanged();
    dir.write("values/number", "3");
    service.expect_applied(3);
    dir.write("config.yaml", "number: 4\n");
    service.expect_applied(4);
}

/// As a renewed certificate comes: by a rename, or behind a link.
#[cfg(unix)]
#[test]
fn point_11_a_file_that_a_value_names_may_be_renewed_in_any_way() {
    let dir = Dir::new();
    let path = dir.write("config.yaml", "number: ${file:live/number}\n");
    dir.write("v1/number", "1");
    std::os::unix::fs::symlink("v1", dir.join("live")).unwrap();
    let service = Service::start(Loader::new().file(&path).interpolate());
    dir.write("v2/number", "2");
    std::os::unix::fs::symlink("v2", dir.join("next")).unwrap();
    fs::rename(dir.join("next"), dir.join("live")).unwrap();
    service.expect_applied(2);
    fs::rename(dir.write("v2/beside", "3"), dir.join("v2/number")).unwrap();
    service.expect_applied(3);
}
