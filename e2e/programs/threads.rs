// Rust's standard library: threads, channels of both kinds, locks, thread-local values, a panic that is caught, files.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::Duration;

thread_local! {
    static SENT: Cell<u32> = Cell::new(0);
}

fn channels() {
    let (to, from) = mpsc::channel();
    let workers: Vec<_> = (0..16u64)
        .map(|n| {
            let to = to.clone();
            let work = move || {
                for k in 0..100 {
                    SENT.with(|sent| sent.set(sent.get() + 1));
                    to.send(n * 100 + k).unwrap();
                }
                assert_eq!(SENT.with(|sent| sent.get()), 100);
            };
            thread::Builder::new().name(format!("worker {n}")).spawn(work).unwrap()
        })
        .collect();
    drop(to);
    println!("sum: {}", from.iter().sum::<u64>());
    for worker in workers {
        worker.join().unwrap();
    }
    let (to, from) = mpsc::sync_channel::<u32>(0);
    let squares = thread::spawn(move || from.iter().map(|n| n * n).collect::<Vec<_>>());
    for n in 0..5 {
        to.send(n).unwrap();
    }
    drop(to);
    println!("squares: {:?}", squares.join().unwrap());
    let (_kept, never) = mpsc::channel::<()>();
    println!("late: {:?}", never.recv_timeout(Duration::from_millis(5)));
}

fn locks() {
    let shared = Arc::new((Mutex::new(0), Condvar::new()));
    let other = shared.clone();
    let waiting = thread::spawn(move || {
        let mut n = other.0.lock().unwrap();
        while *n < 10 {
            n = other.1.wait(n).unwrap();
        }
        *n
    });
    for _ in 0..10 {
        *shared.0.lock().unwrap() += 1;
        shared.1.notify_all();
        thread::yield_now();
    }
    println!("counted: {}", waiting.join().unwrap());
    let (map, barrier) = (RwLock::new(BTreeMap::new()), Barrier::new(4));
    thread::scope(|scope| {
        for n in 0..4 {
            let (map, barrier) = (&map, &barrier);
            scope.spawn(move || {
                barrier.wait();
                map.write().unwrap().insert(n, n * 2);
                barrier.wait();
                assert_eq!(map.read().unwrap().len(), 4);
            });
        }
    });
    println!("map: {:?}", map.read().unwrap());
}

fn main() {
    channels();
    locks();
    std::panic::set_hook(Box::new(|_| ()));
    let panicked = thread::spawn(|| -> () { panic!("on purpose") }).join().unwrap_err();
    println!("panic: {:?}", panicked.downcast_ref::<&str>());
    let path = "/tmp/unideck-rust.txt";
    std::fs::write(path, "written\n").unwrap();
    print!("{}", std::fs::read_to_string(path).unwrap());
    std::fs::remove_file(path).unwrap();
    println!("gone: {:?}", std::fs::metadata(path).unwrap_err().kind());
    std::process::exit(24);
}
